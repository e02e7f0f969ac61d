BEGIN TRANSACTION;
CREATE TABLE checks(
        report INTEGER NOT NULL REFERENCES reports(row) ON DELETE CASCADE,
        position INTEGER NOT NULL, rule TEXT NOT NULL, place TEXT NOT NULL,
        status TEXT NOT NULL, message TEXT NOT NULL,
        PRIMARY KEY(report, position)) STRICT, WITHOUT ROWID;
INSERT INTO "checks" VALUES(1,0,'T3-A','total','pass','平');
INSERT INTO "checks" VALUES(2,0,'T3-A','total','pass','平');
INSERT INTO "checks" VALUES(3,0,'T3-A','total','pass','平');
CREATE TABLE corrections(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        statement TEXT NOT NULL, content BLOB NOT NULL,
        label TEXT NOT NULL, action TEXT NOT NULL CHECK(action IN ('add', 'remove')),
        who TEXT NOT NULL, at TEXT NOT NULL,
        checksum BLOB NOT NULL) STRICT;
INSERT INTO "corrections" VALUES(1,'784872adcfcedadb-52',X'444A00207BEDBF0722355F8C6E37F113','staff_instability','add','张三','2025-01-01T00:00:00+00:00',X'C098CAD0E39FB1DFBBFA171830A98A29');
CREATE TABLE documents(
        report INTEGER PRIMARY KEY REFERENCES reports(row) ON DELETE CASCADE,
        text TEXT NOT NULL, contract TEXT NOT NULL) STRICT;
INSERT INTO "documents" VALUES(1,'北仑区应急管理局2021年政府信息公开工作年度报告
五、存在的主要问题及改进情况
工作人员业务不熟练。
公开内容不够全面。
开展业务培训。
总体情况良好。
','{"source":"/srv/reports/a.txt","title":"北仑区应急管理局2021年政府信息公开工作年度报告","agency":"北仑区应急管理局","agency_raw":"北仑区应急管理局","agency_type":"emergency","region":{"province":"浙江省","city":"宁波市","county":"北仑区","code":"330206"},"level":"county","scope":"agency","year":2021,"form":"2021","sign_date":null,"field_sources":{},"sections":[{"number":5,"kind":"issues","heading":"五、存在的主要问题及改进情况","text":"北仑区应急管理局2021年政府信息公开工作年度报告\n五、存在的主要问题及改进情况\n工作人员业务不熟练。\n公开内容不够全面。\n开展业务培训。\n总体情况良好。\n","start":0,"end":78}],"statistics":{"disclosure":null,"applications":null,"review":null,"fee_charged_yuan":null},"statements":[{"kind":"problem","text":"工作人员业务不熟练。","title":null,"labels":["staff_capacity","awareness_weak"],"status":null,"start":41,"end":51},{"kind":"problem","text":"公开内容不够全面。","title":null,"labels":["content_incomplete"],"status":null,"start":52,"end":61},{"kind":"measure","text":"开展业务培训。","title":null,"labels":["training"],"status":"planned","start":62,"end":69}],"pairs":[[0,2]],"none_stated":false,"checks":[{"rule":"T3-A","where":"total","status":"pass","message":"平"}],"warnings":[]}');
INSERT INTO "documents" VALUES(2,'镇海区应急管理局2022年政府信息公开工作年度报告
五、存在的主要问题及改进情况
政策解读形式单一。
丰富解读形式。
','{"source":"/srv/reports/b.txt","title":"镇海区应急管理局2022年政府信息公开工作年度报告","agency":"镇海区应急管理局","agency_raw":"镇海区应急管理局","agency_type":"emergency","region":{"province":"浙江省","city":"宁波市","county":"镇海区","code":"330211"},"level":"county","scope":"agency","year":2022,"form":"2021","sign_date":null,"field_sources":{},"sections":[{"number":5,"kind":"issues","heading":"五、存在的主要问题及改进情况","text":"镇海区应急管理局2022年政府信息公开工作年度报告\n五、存在的主要问题及改进情况\n政策解读形式单一。\n丰富解读形式。\n","start":0,"end":59}],"statistics":{"disclosure":null,"applications":null,"review":null,"fee_charged_yuan":null},"statements":[{"kind":"problem","text":"政策解读形式单一。","title":null,"labels":["staff_capacity"],"status":null,"start":41,"end":50},{"kind":"measure","text":"丰富解读形式。","title":null,"labels":["training"],"status":"planned","start":51,"end":58}],"pairs":[[0,1]],"none_stated":false,"checks":[{"rule":"T3-A","where":"total","status":"pass","message":"平"}],"warnings":["form_2021"]}');
INSERT INTO "documents" VALUES(3,'北仑区应急管理局2021年政府信息公开工作年度报告
五、存在的主要问题及改进情况
工作人员业务不熟练。
信息更新不够及时。
开展业务培训。
','{"source":"/srv/reports/c.txt","title":"北仑区应急管理局2021年政府信息公开工作年度报告","agency":"北仑区应急管理局","agency_raw":"北仑区应急管理局","agency_type":"emergency","region":{"province":"浙江省","city":"宁波市","county":"北仑区","code":"330206"},"level":"county","scope":"agency","year":2021,"form":"2021","sign_date":"2022-03-01","field_sources":{},"sections":[{"number":5,"kind":"issues","heading":"五、存在的主要问题及改进情况","text":"北仑区应急管理局2021年政府信息公开工作年度报告\n五、存在的主要问题及改进情况\n工作人员业务不熟练。\n信息更新不够及时。\n开展业务培训。\n","start":0,"end":70}],"statistics":{"disclosure":null,"applications":null,"review":null,"fee_charged_yuan":null},"statements":[{"kind":"problem","text":"工作人员业务不熟练。","title":null,"labels":["staff_capacity"],"status":null,"start":41,"end":51},{"kind":"problem","text":"信息更新不够及时。","title":null,"labels":["staff_capacity"],"status":null,"start":52,"end":61},{"kind":"measure","text":"开展业务培训。","title":null,"labels":["training"],"status":"planned","start":62,"end":69}],"pairs":[[0,2]],"none_stated":false,"checks":[{"rule":"T3-A","where":"total","status":"pass","message":"平"}],"warnings":[]}');
CREATE TABLE figures(
        report INTEGER NOT NULL REFERENCES reports(row) ON DELETE CASCADE,
        path TEXT NOT NULL, position INTEGER NOT NULL, prose INTEGER NOT NULL,
        value REAL, state TEXT NOT NULL, raw TEXT NOT NULL,
        start INTEGER NOT NULL, stop INTEGER NOT NULL,
        unit TEXT, approximate INTEGER NOT NULL,
        PRIMARY KEY(report, path, position)) STRICT, WITHOUT ROWID;
INSERT INTO "figures" VALUES(1,'x.total',0,0,3.0,'number','3.0',0,1,NULL,0);
INSERT INTO "figures" VALUES(1,'y.total',1,0,NULL,'blank','',0,1,NULL,0);
CREATE TABLE files(
        path TEXT PRIMARY KEY,
        report INTEGER NOT NULL REFERENCES reports(row) ON DELETE CASCADE,
        sha256 TEXT NOT NULL, bytes INTEGER NOT NULL, parser TEXT NOT NULL,
        checksum BLOB NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO "files" VALUES('/srv/reports/a.txt',1,'a7ed3729b8f95cbe7588cfd3b50c89b18ab46f0cb02ee07ff5ef527efde025be',360,'2',X'829E5E6C43DA0E51F5F1870EE8273774');
INSERT INTO "files" VALUES('/srv/reports/b.txt',2,'42b147d660e58da70ee431f13fdb064574300549aca8ab73ce3ac519b1a7a8e0',281,'2',X'60343C3A7C07D0A8CDED4BDCB38F6774');
INSERT INTO "files" VALUES('/srv/reports/c.txt',3,'01241d0f1322656da13032db4d137255fe4418b23a1b9e05803614261e8507b6',276,'2',X'540AB3AD9353EB0D25F95AEC2CD567DA');
CREATE TABLE labels(
        statement INTEGER NOT NULL REFERENCES statements(row) ON DELETE CASCADE,
        label TEXT NOT NULL, origin TEXT NOT NULL, score REAL NOT NULL, why TEXT NOT NULL,
        PRIMARY KEY(statement, label)) STRICT, WITHOUT ROWID;
INSERT INTO "labels" VALUES(1,'awareness_weak','cue',0.9,'词');
INSERT INTO "labels" VALUES(1,'staff_capacity','cue',1.0,'词');
INSERT INTO "labels" VALUES(2,'content_incomplete','cue',1.0,'词');
INSERT INTO "labels" VALUES(2,'staff_instability','person',1.0,'张三');
INSERT INTO "labels" VALUES(3,'training','cue',1.0,'词');
INSERT INTO "labels" VALUES(5,'staff_capacity','cue',1.0,'词');
INSERT INTO "labels" VALUES(6,'training','cue',1.0,'词');
INSERT INTO "labels" VALUES(7,'staff_capacity','cue',1.0,'词');
INSERT INTO "labels" VALUES(8,'staff_capacity','cue',1.0,'词');
INSERT INTO "labels" VALUES(9,'training','cue',1.0,'词');
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO "meta" VALUES('model','1');
INSERT INTO "meta" VALUES('sequence','5');
INSERT INTO "meta" VALUES('taxonomy','aaf516755c386d9e');
CREATE TABLE migrations(number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied TEXT NOT NULL) STRICT;
INSERT INTO "migrations" VALUES(1,'first schema','2026-11-21T08:09:11+00:00');
CREATE TABLE models(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL, dimension INTEGER NOT NULL, segmenter TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        UNIQUE(name, dimension, segmenter, fingerprint)) STRICT;
INSERT INTO "models" VALUES(1,'hash',64,'','hash-64');
CREATE TABLE pairs(
        problem INTEGER NOT NULL REFERENCES statements(row) ON DELETE CASCADE,
        measure INTEGER NOT NULL REFERENCES statements(row) ON DELETE CASCADE,
        PRIMARY KEY(problem, measure)) STRICT, WITHOUT ROWID;
INSERT INTO "pairs" VALUES(1,3);
INSERT INTO "pairs" VALUES(5,6);
INSERT INTO "pairs" VALUES(7,9);
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
INSERT INTO "reports" VALUES(1,'784872adcfcedadb','浙江省宁波市北仑区应急管理局','北仑区应急管理局','北仑区应急管理局','emergency','浙江省','宁波市','北仑区','330206','county','agency',2021,'2021','北仑区应急管理局2021年政府信息公开工作年度报告',NULL,'/srv/reports/a.txt',NULL,0,1,2,1,0,0,'2',1,X'E54E1CD5F6C1A438F46A3893EB2ADE1C');
INSERT INTO "reports" VALUES(2,'f4759c815b9c6c81','浙江省宁波市镇海区应急管理局','镇海区应急管理局','镇海区应急管理局','emergency','浙江省','宁波市','镇海区','330211','county','agency',2022,'2021','镇海区应急管理局2022年政府信息公开工作年度报告',NULL,'/srv/reports/b.txt',NULL,0,1,1,1,0,1,'2',2,X'7BFA5FEA7468C4AD4DFB4D1C461C9D24');
INSERT INTO "reports" VALUES(3,'51e6afdf1fb82d64','浙江省宁波市北仑区应急管理局','北仑区应急管理局','北仑区应急管理局','emergency','浙江省','宁波市','北仑区','330206','county','agency',2021,'2021','北仑区应急管理局2021年政府信息公开工作年度报告','2022-03-01','/srv/reports/c.txt',NULL,0,1,2,1,0,1,'2',3,X'1146A83BF4C454AE53D36DEC7529F427');
CREATE TABLE stated(
        report INTEGER NOT NULL REFERENCES reports(row) ON DELETE CASCADE,
        label TEXT NOT NULL, statements INTEGER NOT NULL,
        PRIMARY KEY(report, label)) STRICT, WITHOUT ROWID;
INSERT INTO "stated" VALUES(1,'awareness_weak',1);
INSERT INTO "stated" VALUES(1,'content_incomplete',1);
INSERT INTO "stated" VALUES(1,'staff_capacity',1);
INSERT INTO "stated" VALUES(1,'staff_instability',1);
INSERT INTO "stated" VALUES(1,'training',1);
INSERT INTO "stated" VALUES(2,'staff_capacity',1);
INSERT INTO "stated" VALUES(2,'training',1);
INSERT INTO "stated" VALUES(3,'staff_capacity',2);
INSERT INTO "stated" VALUES(3,'training',1);
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
INSERT INTO "statements" VALUES(1,'784872adcfcedadb-41',1,0,'problem','工作人员业务不熟练。',NULL,5,41,51,NULL,1,1,X'C980760E7AD51517B347B7CEC9C13D1A',1);
INSERT INTO "statements" VALUES(2,'784872adcfcedadb-52',1,1,'problem','公开内容不够全面。',NULL,5,52,61,NULL,2,0,X'444A00207BEDBF0722355F8C6E37F113',1);
INSERT INTO "statements" VALUES(3,'784872adcfcedadb-62',1,2,'measure','开展业务培训。',NULL,5,62,69,'planned',1,0,X'304250FA7C29354A161E7F74EB2F60A9',1);
INSERT INTO "statements" VALUES(4,'784872adcfcedadb-70',1,3,'passage','总体情况良好。',NULL,1,70,77,NULL,NULL,0,X'9C9B93EB5DAD216F854459CCD77D327C',1);
INSERT INTO "statements" VALUES(5,'f4759c815b9c6c81-41',2,0,'problem','政策解读形式单一。',NULL,5,41,50,NULL,1,1,X'CBAFE37AE9720C7D70FAE657CC12AFA4',2);
INSERT INTO "statements" VALUES(6,'f4759c815b9c6c81-51',2,1,'measure','丰富解读形式。',NULL,5,51,58,'planned',1,0,X'BE7DAFE47D0DA7C222A53BEC9E5F9599',2);
INSERT INTO "statements" VALUES(7,'51e6afdf1fb82d64-41',3,0,'problem','工作人员业务不熟练。',NULL,5,41,51,NULL,1,1,X'C980760E7AD51517B347B7CEC9C13D1A',3);
INSERT INTO "statements" VALUES(8,'51e6afdf1fb82d64-52',3,1,'problem','信息更新不够及时。',NULL,5,52,61,NULL,2,0,X'61A982F6C3EFA7376B27952C2889B022',3);
INSERT INTO "statements" VALUES(9,'51e6afdf1fb82d64-62',3,2,'measure','开展业务培训。',NULL,5,62,69,'planned',1,0,X'304250FA7C29354A161E7F74EB2F60A9',3);
CREATE TABLE vectors(
        id INTEGER PRIMARY KEY,
        content BLOB NOT NULL, model INTEGER NOT NULL REFERENCES models(id),
        vector BLOB NOT NULL, checksum INTEGER NOT NULL,
        UNIQUE(content, model)) STRICT;
INSERT INTO "vectors" VALUES(1,X'C980760E7AD51517B347B7CEC9C13D1A',1,X'0000000000000000A8B50000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000A83500000000A8B5A8B50000A83500000000000000000000A8B50000A835000000000000A835000000000000000000000000000000000000000000000000000000000000',3216045591);
INSERT INTO "vectors" VALUES(2,X'444A00207BEDBF0722355F8C6E37F113',1,X'00000000000000000000000000000CB600000000000000000000000000000000000000000CB6000000000000000000000000000000000CB600000C360000000000000000000000000C3600000000000000000000000000000CB60CB6000000000000000000000000000000000000000000000000000000000000000000000000',3583212375);
INSERT INTO "vectors" VALUES(3,X'304250FA7C29354A161E7F74EB2F60A9',1,X'000000000000000000000000000000000000000000000000000000000000000000000000000000000000000028B70000000000000000000000000000000000000000000000000000283728B700000000283700000000000028370000000000000000000000000000000000000000000000000000000000000000000000000000',2069177365);
INSERT INTO "vectors" VALUES(4,X'9C9B93EB5DAD216F854459CCD77D327C',1,X'0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000028B700000000000028B7000000000000000000000000000000000000000028B70000000000000000000028B70000000028B70000000000000000000000000000000000000000',3727492942);
INSERT INTO "vectors" VALUES(5,X'CBAFE37AE9720C7D70FAE657CC12AFA4',1,X'00000000000028B70000000000000000000000000000000000000000000000000000000028B7000000000000000000000000000000000000000000000000000000000000000000002837000000000000000000000000000028370000000000000000000000000000000000000000000000000000000000000000000028B70000',3615891409);
INSERT INTO "vectors" VALUES(6,X'BE7DAFE47D0DA7C222A53BEC9E5F9599',1,X'0000000028B700000000000000000000000000000000000000000000000000000000000028B700000000000000000000000028B700000000000000000000000000000000000000002837000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000028B70000',3508757108);
INSERT INTO "vectors" VALUES(7,X'61A982F6C3EFA7376B27952C2889B022',1,X'0CB60000000000000CB6000000000000000000000000000000000CB60000000000000000000000000000000000000000000000000000000000000C360C360000000000000000000000000000000000000000000000000000000000000000000000000CB600000000000000000000000000000000000000000000000000000CB6',2324066056);
CREATE TABLE warnings(
        report INTEGER NOT NULL REFERENCES reports(row) ON DELETE CASCADE,
        position INTEGER NOT NULL, warning TEXT NOT NULL,
        PRIMARY KEY(report, position)) STRICT, WITHOUT ROWID;
INSERT INTO "warnings" VALUES(2,0,'form_2021');
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
INSERT INTO "sqlite_sequence" VALUES('models',1);
INSERT INTO "sqlite_sequence" VALUES('reports',3);
INSERT INTO "sqlite_sequence" VALUES('statements',9);
INSERT INTO "sqlite_sequence" VALUES('corrections',1);
COMMIT;
