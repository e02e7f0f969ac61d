"""Web pages: a report inside the furniture of a government site, or saved from Word."""

from __future__ import annotations

from html import escape

from corpora.sample.builder.blocks import Block, Draft, Grid
from corpora.sample.builder.dice import Dice

NOTE = "<!-- 样例文件，内容均为虚构 -->"


def _table(grid: Grid, dense: bool) -> str:
    rows = []
    for row in grid:
        cells = []
        for cell in row:
            spans = (f' colspan="{cell.colspan}"' if cell.colspan > 1 else "") + (
                f' rowspan="{cell.rowspan}"' if cell.rowspan > 1 else ""
            )
            text = escape(cell.text) or "&nbsp;"
            cells.append(f"<td{spans}>{text if dense else f'<p>{text}</p>'}</td>")
        rows.append("<tr>" + "".join(cells) + "</tr>")
    return '<table border="1" cellspacing="0" cellpadding="0"><tbody>\n' + "\n".join(rows) + "\n</tbody></table>"


def _paragraph(block: Block, style: str) -> str:
    text = escape(block.ordinal + block.text)
    if block.kind in {"head", "sub"} and style != "breaks":
        return f"<p><strong>{text}</strong></p>"
    if block.kind == "title":
        return f'<p style="text-align:center"><span style="font-size:22px">{text}</span></p>'
    if block.kind == "sign":
        return f'<p style="text-align:right">{text}</p>'
    if style == "spans":
        return f'<p><span style="font-family:仿宋_GB2312;font-size:16pt">&emsp;&emsp;{text}</span></p>'
    if style == "breaks":
        return f"　　{text}<br>"
    return f"<p>　　{text}</p>"


def _body(draft: Draft, style: str) -> str:
    parts = []
    for block in draft.blocks:
        parts.append(_table(block.grid, style != "spans") if block.kind == "table" else _paragraph(block, style))
    return "\n".join(parts)


def _portal(draft: Draft, body: str, dice: Dice) -> str:
    """A site with breadcrumbs, a box of metadata, buttons and a footer."""
    hints = draft.hints
    crumbs = dice.choice(["法定主动公开内容", "政府信息公开年报", "政务公开"])
    return f"""<div class="top"><a href="/">首页</a> | <a href="/zwgk/">政务公开</a> | <a href="/bsfw/">办事服务</a> |
<a href="/hdjl/">互动交流</a> <span>无障碍阅读</span></div>
<div class="crumb">当前位置：首页 &gt; 政务公开 &gt; {crumbs}</div>
<table class="info"><tr><td>索引号：</td><td>{hints["index"]}</td><td>发布机构：</td><td>{hints["publisher"]}</td></tr>
<tr><td>发布日期：</td><td>{hints["date"]}</td><td>文号：</td><td>&nbsp;</td></tr></table>
<h1>{escape(hints["title"])}</h1>
<div class="bar">发布时间：{hints["date"]} 来源：{hints["publisher"]} 浏览次数：<span>{dice.between(30, 2600)}</span>
 字体：【<a>大</a> <a>中</a> <a>小</a>】 <a href="javascript:window.print()">打印本页</a> <a>关闭窗口</a></div>
<div id="zoom">
{body}
</div>
<div class="share">扫一扫在手机打开当前页</div>
<div class="footer">主办：{hints["publisher"]} 网站标识码：0000000000 <a>网站地图</a> <a>联系我们</a></div>"""


def _plain(draft: Draft, body: str, dice: Dice) -> str:
    """A short page: headline, date, text."""
    del dice
    return f"""<div class="article"><h2>{escape(draft.hints["title"])}</h2>
<p class="source">时间：{draft.hints["date"]}　来源：{draft.hints["publisher"]}　【字号：大 中 小】</p>
<div class="content">
{body}
</div>
<p>上一篇：没有了</p><p>下一篇：政府信息公开指南</p></div>"""


def write(draft: Draft, dice: Dice) -> bytes:
    """The page's bytes; one in eight declares and uses GBK."""
    style = dice.choice(["paragraphs", "paragraphs", "spans", "breaks"])
    frame = dice.choice([_portal, _portal, _plain, None])
    body = _body(draft, style)
    encoding = "gbk" if dice.chance(0.12) else "utf-8"
    title = escape(draft.hints["title"])
    site = dice.choice(["", "_" + draft.hints["publisher"], "-政府信息公开"])
    inner = frame(draft, body, dice) if frame else body
    page = f"""<!DOCTYPE html>
<html lang="zh-CN">
<head>
<meta charset="{encoding}">
<title>{title}{site}</title>
<meta name="PubDate" content="{draft.hints["date"]}">
<style>.top,.footer{{color:#666}} td{{border:1px solid #999}} .info td{{border:0}}</style>
<script>function hit(){{return 0;}}</script>
</head>
<body>
{NOTE}
{inner}
</body>
</html>
"""
    return page.encode(encoding, errors="xmlcharrefreplace")
