"""The language model: an OpenAI-compatible endpoint that the user names. Nothing is sent anywhere else: no redirect is
followed, and no proxy of the environment comes between.
"""

from __future__ import annotations

import ipaddress
import os
import ssl
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from nlp.errors import MingjianError, MissingExtra

URL, MODEL, KEY = "MINGJIAN_LLM_URL", "MINGJIAN_LLM_MODEL", "MINGJIAN_LLM_KEY"
TIMEOUT = 60.0  # seconds for one part
MOST_TOKENS = 4_000
UNSET = f"没有设置大模型：请设环境变量 {URL}（兼容 OpenAI 的接口地址）和 {MODEL}（模型名）"


class EndpointError(MingjianError):
    """The model cannot be reached, refuses, or is not set up; the message says which."""


class Unreachable(EndpointError):
    """No connection, so that nothing was sent."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the model answers. ``key`` is never shown, nor what else of the address may be a secret."""

    url: str
    model: str
    key: str = ""

    def __repr__(self) -> str:
        """Without the key, so that no log holds it."""
        return f"Endpoint({self.shown!r}, {self.model!r})"

    @property
    def host(self) -> str:
        """Whose machine it is, as the address names it: "10.0.0.5:8000"."""
        return urlsplit(self.url).netloc.rpartition("@")[2]

    @property
    def shown(self) -> str:
        """The address without name, password and query."""
        found = urlsplit(self.url)
        return f"{found.scheme}://{self.host}{found.path}"

    @property
    def here(self) -> bool:
        """Whether it is this machine."""
        name = urlsplit(self.url).hostname or ""
        try:
            return ipaddress.ip_address(name).is_loopback
        except ValueError:
            return name == "localhost"

    def ask(self, system: str, user: str) -> str:
        """One answer of the model.

        Raises:
            MissingExtra: the client library is not installed.
            Unreachable: no connection.
            EndpointError: refused, sent elsewhere, too slow, or an answer without text.
        """
        try:
            import openai
        except ImportError as error:
            raise MissingExtra("用大模型改写简报", "llm") from error
        messages: Any = [{"role": "system", "content": system}, {"role": "user", "content": user}]
        # trust_env: proxies, and passwords out of .netrc; certificates that the environment names are still believed
        certificates = ssl.create_default_context()
        http = openai.DefaultHttpxClient(follow_redirects=False, trust_env=False, verify=certificates)
        given: dict[str, Any] = {"api_key": self.key or "none", "timeout": TIMEOUT, "max_retries": 1}
        try:
            with openai.OpenAI(base_url=self.url, http_client=http, **given) as client:
                answer = client.chat.completions.create(
                    model=self.model, messages=messages, temperature=0, max_tokens=MOST_TOKENS
                )
                text = answer.choices[0].message.content
        except openai.APITimeoutError as error:
            raise EndpointError(f"大模型（{self.model}）超过 {TIMEOUT:.0f} 秒没有回答") from error
        except openai.APIConnectionError as error:
            raise Unreachable(f"连不上大模型的接口：{self.shown}") from error
        except openai.APIStatusError as error:
            if 300 <= error.status_code < 400:
                told = (
                    f"大模型的接口把请求转往别的地址（HTTP {error.status_code}），没有照转，请把 {URL} 设成最终的地址"
                )
                raise EndpointError(told) from error
            raise EndpointError(f"大模型的接口拒绝了请求（HTTP {error.status_code}）") from error
        except (openai.OpenAIError, AttributeError, IndexError, TypeError, ValueError) as error:
            raise EndpointError("大模型的接口回答的不是约定的形式") from error
        if not text:
            raise EndpointError(f"大模型（{self.model}）没有给出文字")
        return str(text)


def configured() -> Endpoint | None:
    """The endpoint that the environment names; None where it names none.

    Raises:
        EndpointError: the address is not http(s), or only one of address and model is given.
    """
    url, model = os.environ.get(URL, "").strip(), os.environ.get(MODEL, "").strip()
    if not url and not model:
        return None
    if not url or not model:
        raise EndpointError(UNSET)
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise EndpointError(f"{URL} 不是网址：{url}")
    return Endpoint(url, model, os.environ.get(KEY, ""))
