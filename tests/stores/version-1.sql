BEGIN TRANSACTION;
CREATE TABLE checks(
        report INTEGER NOT NULL REFERENCES reports(row) ON DELETE CASCADE,
        position INTEGER NOT NULL, rule TEXT NOT NULL, place TEXT NOT NULL,
        status TEXT NOT NULL, message TEXT NOT NULL,
        PRIMARY KEY(report, position)) STRICT, WITHOUT ROWID;
INSERT INTO "checks" VALUES(1,0,'T3-A','total','pass','平');
CREATE TABLE corrections(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        statement TEXT NOT NULL, content BLOB NOT NULL,
        label TEXT NOT NULL, action TEXT NOT NULL CHECK(action IN ('add', 'remove')),
        who TEXT NOT NULL, at TEXT NOT NULL,
        checksum BLOB NOT NULL) STRICT;
INSERT INTO "corrections" VALUES(1,'old',X'C980760E7AD51517B347B7CEC9C13D1A','staff_instability','add','张三','2025-01-01T00:00:00+00:00',X'9B9048D630CBB00B8662A08F4632606C');
INSERT INTO "corrections" VALUES(2,'old',X'6FCA17E9553CDD6CB2F0BF0272DC89BF','training','remove','张三','2025-01-01T00:00:00+00:00',X'2B99BFF54010BC3790AE57AB5E62E373');
CREATE TABLE documents(
        report INTEGER PRIMARY KEY REFERENCES reports(row) ON DELETE CASCADE,
        text TEXT NOT NULL, contract TEXT NOT NULL) STRICT;
INSERT INTO "documents" VALUES(1,'北仑区应急管理局2021年政府信息公开工作年度报告
五、存在的主要问题及改进情况
工作人员业务不熟练。
公开内容不够全面。
开展业务培训。
总体情况良好。
','{"source":"a.txt","title":"北仑区应急管理局2021年政府信息公开工作年度报告","agency":"北仑区应急管理局","agency_raw":"北仑区应急管理局","agency_type":"emergency","region":{"province":"浙江省","city":"宁波市","county":"北仑区","code":"330206"},"level":"county","scope":"agency","year":2021,"form":"2021","sign_date":null,"field_sources":{},"sections":[{"number":5,"kind":"issues","heading":"五、存在的主要问题及改进情况","text":"北仑区应急管理局2021年政府信息公开工作年度报告\n五、存在的主要问题及改进情况\n工作人员业务不熟练。\n公开内容不够全面。\n开展业务培训。\n总体情况良好。\n","start":0,"end":78}],"statistics":{"disclosure":null,"applications":null,"review":null,"fee_charged_yuan":null},"statements":[{"kind":"problem","text":"工作人员业务不熟练。","title":null,"labels":["staff_capacity","awareness_weak"],"status":null,"start":41,"end":51},{"kind":"problem","text":"公开内容不够全面。","title":null,"labels":["content_incomplete"],"status":null,"start":52,"end":61},{"kind":"measure","text":"开展业务培训。","title":null,"labels":["training"],"status":"planned","start":62,"end":69}],"pairs":[[0,2]],"none_stated":false,"checks":[{"rule":"T3-A","where":"total","status":"pass","message":"平"}],"warnings":[]}');
CREATE TABLE figures(
        report INTEGER NOT NULL REFERENCES reports(row) ON DELETE CASCADE,
        path TEXT NOT NULL, position INTEGER NOT NULL, prose INTEGER NOT NULL,
        value REAL, state TEXT NOT NULL, raw TEXT NOT NULL,
        start INTEGER NOT NULL, stop INTEGER NOT NULL,
        unit TEXT, approximate INTEGER NOT NULL,
        PRIMARY KEY(report, path, position)) STRICT, WITHOUT ROWID;
CREATE TABLE files(
        path TEXT PRIMARY KEY,
        report INTEGER NOT NULL REFERENCES reports(row) ON DELETE CASCADE,
        sha256 TEXT NOT NULL, bytes INTEGER NOT NULL, parser TEXT NOT NULL,
        checksum BLOB NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO "files" VALUES('a.txt',1,'00',1,'1',X'E63D9BB00B7B60C047FC3CE29815092C');
CREATE TABLE labels(
        statement INTEGER NOT NULL REFERENCES statements(row) ON DELETE CASCADE,
        label TEXT NOT NULL, origin TEXT NOT NULL, score REAL NOT NULL, why TEXT NOT NULL,
        PRIMARY KEY(statement, label)) STRICT, WITHOUT ROWID;
INSERT INTO "labels" VALUES(1,'awareness_weak','cue',0.9,'词');
INSERT INTO "labels" VALUES(1,'staff_capacity','cue',1.0,'词');
INSERT INTO "labels" VALUES(1,'staff_instability','person',1.0,'张三');
INSERT INTO "labels" VALUES(2,'content_incomplete','cue',1.0,'词');
INSERT INTO "labels" VALUES(3,'training','cue',1.0,'词');
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO "meta" VALUES('sequence','2');
CREATE TABLE migrations(number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied TEXT NOT NULL) STRICT;
INSERT INTO "migrations" VALUES(1,'first schema','2026-11-21T04:45:28+00:00');
CREATE TABLE models(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL, dimension INTEGER NOT NULL, segmenter TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        UNIQUE(name, dimension, segmenter, fingerprint)) STRICT;
CREATE TABLE pairs(
        problem INTEGER NOT NULL REFERENCES statements(row) ON DELETE CASCADE,
        measure INTEGER NOT NULL REFERENCES statements(row) ON DELETE CASCADE,
        PRIMARY KEY(problem, measure)) STRICT, WITHOUT ROWID;
INSERT INTO "pairs" VALUES(1,3);
CREATE TABLE removed(row INTEGER PRIMARY KEY, sequence INTEGER NOT NULL) STRICT;
CREATE TABLE reports(
        row INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        agency_key TEXT NOT NULL,
        agency TEXT, agency_raw TEXT, agency_type TEXT NOT NULL,
        province TEXT, city TEXT, county TEXT, code TEXT,
        level TEXT NOT NULL, scope TEXT NOT NULL,
        year INTEGER, form TEXT NOT NULL, title TEXT, sign_date TEXT,
        source TEXT NOT NULL,
        fee_charged_yuan REAL,
        none_stated INTEGER NOT NULL, has_issues INTEGER NOT NULL,
        problems INTEGER NOT NULL, measures INTEGER NOT NULL, failed_checks INTEGER NOT NULL,
        current INTEGER NOT NULL DEFAULT 1,
        parser TEXT NOT NULL,
        sequence INTEGER NOT NULL,
        checksum BLOB NOT NULL) STRICT;
INSERT INTO "reports" VALUES(1,'ac595b4054f25f21','330206北仑区应急管理局','北仑区应急管理局','北仑区应急管理局','emergency','浙江省','宁波市','北仑区','330206','county','agency',2021,'2021','北仑区应急管理局2021年政府信息公开工作年度报告',NULL,'a.txt',NULL,0,1,2,1,0,1,'1',1,X'F5A01AEA3778266A384299F1B7B7F5FD');
CREATE TABLE stated(
        report INTEGER NOT NULL REFERENCES reports(row) ON DELETE CASCADE,
        label TEXT NOT NULL, statements INTEGER NOT NULL,
        PRIMARY KEY(report, label)) STRICT, WITHOUT ROWID;
INSERT INTO "stated" VALUES(1,'awareness_weak',1);
INSERT INTO "stated" VALUES(1,'content_incomplete',1);
INSERT INTO "stated" VALUES(1,'staff_capacity',1);
INSERT INTO "stated" VALUES(1,'staff_instability',1);
INSERT INTO "stated" VALUES(1,'training',1);
CREATE TABLE statements(
        row INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        report INTEGER NOT NULL REFERENCES reports(row) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        kind TEXT NOT NULL, text TEXT NOT NULL, title TEXT, section INTEGER NOT NULL,
        start INTEGER NOT NULL, stop INTEGER NOT NULL,
        status TEXT, ordinal INTEGER,
        paired INTEGER NOT NULL DEFAULT 0,
        content BLOB NOT NULL,
        sequence INTEGER NOT NULL) STRICT;
INSERT INTO "statements" VALUES(1,'ac595b4054f25f21-41',1,0,'problem','工作人员业务不熟练。',NULL,5,41,51,NULL,1,1,X'C980760E7AD51517B347B7CEC9C13D1A',1);
INSERT INTO "statements" VALUES(2,'ac595b4054f25f21-52',1,1,'problem','公开内容不够全面。',NULL,5,52,61,NULL,2,0,X'444A00207BEDBF0722355F8C6E37F113',1);
INSERT INTO "statements" VALUES(3,'ac595b4054f25f21-62',1,2,'measure','开展业务培训。',NULL,5,62,69,'planned',1,0,X'304250FA7C29354A161E7F74EB2F60A9',1);
INSERT INTO "statements" VALUES(4,'ac595b4054f25f21-70',1,3,'passage','总体情况良好。',NULL,1,70,77,NULL,NULL,0,X'9C9B93EB5DAD216F854459CCD77D327C',1);
CREATE TABLE vectors(
        id INTEGER PRIMARY KEY,
        content BLOB NOT NULL, model INTEGER NOT NULL REFERENCES models(id),
        vector BLOB NOT NULL, checksum INTEGER NOT NULL,
        UNIQUE(content, model)) STRICT;
CREATE TABLE warnings(
        report INTEGER NOT NULL REFERENCES reports(row) ON DELETE CASCADE,
        position INTEGER NOT NULL, warning TEXT NOT NULL,
        PRIMARY KEY(report, position)) STRICT, WITHOUT ROWID;
CREATE INDEX reports_by_agency ON reports(agency_key, year);
CREATE INDEX reports_by_year ON reports(year);
CREATE INDEX statements_by_report ON statements(report, position);
CREATE INDEX statements_by_content ON statements(content);
CREATE INDEX labels_by_label ON labels(label, statement);
CREATE INDEX stated_by_label ON stated(label, report);
CREATE INDEX pairs_by_measure ON pairs(measure);
CREATE INDEX files_by_report ON files(report);
CREATE INDEX corrections_by_content ON corrections(content);
CREATE INDEX removed_by_sequence ON removed(sequence);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('reports',1);
INSERT INTO "sqlite_sequence" VALUES('statements',4);
INSERT INTO "sqlite_sequence" VALUES('corrections',2);
COMMIT;
