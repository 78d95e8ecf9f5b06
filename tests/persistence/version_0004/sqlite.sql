BEGIN TRANSACTION;
CREATE TABLE accounts (
	id CHAR(32) NOT NULL, 
	name VARCHAR NOT NULL, 
	"key" VARCHAR NOT NULL, 
	password VARCHAR, 
	subject VARCHAR, 
	active BOOLEAN NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_accounts PRIMARY KEY (id), 
	CONSTRAINT uq_accounts_name UNIQUE (name), 
	CONSTRAINT uq_accounts_key UNIQUE ("key"), 
	CONSTRAINT uq_accounts_subject UNIQUE (subject)
);
INSERT INTO "accounts" VALUES('274beaf51f554a8ca14755c2f9ec5f60','Eve','eve',NULL,NULL,1,'2026-11-28 18:48:28.206884');
INSERT INTO "accounts" VALUES('cc5825d6407a46a0a681b3f67042a2d6','Ada','ada',NULL,NULL,1,'2026-11-28 18:48:28.206884');
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0004');
CREATE TABLE annotations (
	sequence INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	id CHAR(32) NOT NULL, 
	image_id CHAR(32) NOT NULL, 
	region_id CHAR(32) NOT NULL, 
	rater_id CHAR(32) NOT NULL, 
	decision VARCHAR NOT NULL, 
	label VARCHAR NOT NULL, 
	region JSON NOT NULL, 
	derived_from CHAR(32), 
	supersedes CHAR(32), 
	created_at DATETIME NOT NULL, reading_id CHAR(32) CONSTRAINT fk_annotations_reading_id REFERENCES readings (id), 
	CONSTRAINT uq_annotations_id UNIQUE (id), 
	CONSTRAINT fk_annotations_image_id FOREIGN KEY(image_id) REFERENCES images (id), 
	CONSTRAINT fk_annotations_rater_id FOREIGN KEY(rater_id) REFERENCES raters (id), 
	CONSTRAINT fk_annotations_derived_from FOREIGN KEY(derived_from) REFERENCES suggestions (id), 
	CONSTRAINT fk_annotations_supersedes FOREIGN KEY(supersedes) REFERENCES annotations (id), 
	CONSTRAINT ck_annotations_ck_annotations_decision CHECK (decision IN ('accepted', 'edited', 'rejected', 'added', 'undecided', 'withdrawn'))
);
INSERT INTO "annotations" VALUES(1,'d51426c7ae5d4e55a767aa4a0b9095e9','7a40de4478094019aa92dbc340dde068','edce7f24e4de4a8dae76ab2272509704','cddd5056055349978564cd33797353de','accepted','happy','{"type": "box", "x": 10.25, "y": 20, "width": 30, "height": 40}','edce7f24e4de4a8dae76ab2272509704',NULL,'2026-11-28 18:48:28.555715','10ab869caa094388a74d258745e4878d');
INSERT INTO "annotations" VALUES(2,'b426749862c043558247676f4a1bc245','7a40de4478094019aa92dbc340dde068','c010884b80704647946f112e0502702a','cddd5056055349978564cd33797353de','edited','happy','{"type": "box", "x": 1, "y": 2, "width": 3, "height": 4}','c010884b80704647946f112e0502702a',NULL,'2026-11-28 18:48:28.555715','10ab869caa094388a74d258745e4878d');
INSERT INTO "annotations" VALUES(3,'6eb7bc6cad6a4a6696664674dbe6bd54','d34376fdedac465a8a494ea23518d0f6','c7688e4fa3ea42758898eecd3e42c7a7','c3373c7a7753407ea64f6fdd68225e0e','added','happy','{"type": "box", "x": 1.5, "y": 2.25, "width": 30, "height": 40.125}',NULL,NULL,'2026-11-28 18:48:28.597981','8b896fb0257d4ac486630d406d3a3741');
INSERT INTO "annotations" VALUES(4,'0d13e2a8f2474c3580495cbc440feffc','d34376fdedac465a8a494ea23518d0f6','c7688e4fa3ea42758898eecd3e42c7a7','c3373c7a7753407ea64f6fdd68225e0e','undecided','happy','{"type": "box", "x": 1.5, "y": 2.25, "width": 30, "height": 40.125}',NULL,'6eb7bc6cad6a4a6696664674dbe6bd54','2026-11-28 18:48:28.597981','8b896fb0257d4ac486630d406d3a3741');
INSERT INTO "annotations" VALUES(5,'9cbc94dc0c664a54affa0e821d68bfb8','e4c6e0425a304a66905576a3e5aabf72','2a4f1a0bbfd34bd191cab23ab8c0caa8','cddd5056055349978564cd33797353de','edited','happy','{"type": "box", "x": 5, "y": 6, "width": 7, "height": 8.5}','2a4f1a0bbfd34bd191cab23ab8c0caa8',NULL,'2026-11-28 18:48:28.799177','b9ad466785b34fd9a50eaf4a102446f7');
INSERT INTO "annotations" VALUES(6,'740c2dd3332c461d92c5af8249a218d0','e4c6e0425a304a66905576a3e5aabf72','2a4f1a0bbfd34bd191cab23ab8c0caa8','cddd5056055349978564cd33797353de','rejected','happy','{"type": "box", "x": 5, "y": 6, "width": 7, "height": 8.5}','2a4f1a0bbfd34bd191cab23ab8c0caa8','9cbc94dc0c664a54affa0e821d68bfb8','2026-11-28 18:48:28.799177','b9ad466785b34fd9a50eaf4a102446f7');
INSERT INTO "annotations" VALUES(7,'8ccdba3b457f4dc5a3f933e0195272ab','e4c6e0425a304a66905576a3e5aabf72','2a4f1a0bbfd34bd191cab23ab8c0caa8','c3373c7a7753407ea64f6fdd68225e0e','edited','happy','{"type": "box", "x": 5, "y": 6, "width": 7, "height": 8.5}','2a4f1a0bbfd34bd191cab23ab8c0caa8',NULL,'2026-11-28 18:48:29.086900','a296c96cdf9145478e0f6539925e8e3d');
INSERT INTO "annotations" VALUES(8,'3166474828ea454b952b70bc75b2a25d','e4c6e0425a304a66905576a3e5aabf72','2a4f1a0bbfd34bd191cab23ab8c0caa8','c3373c7a7753407ea64f6fdd68225e0e','rejected','happy','{"type": "box", "x": 5, "y": 6, "width": 7, "height": 8.5}','2a4f1a0bbfd34bd191cab23ab8c0caa8','8ccdba3b457f4dc5a3f933e0195272ab','2026-11-28 18:48:29.086900','a296c96cdf9145478e0f6539925e8e3d');
CREATE TABLE assignments (
	id CHAR(32) NOT NULL, 
	project_id CHAR(32) NOT NULL, 
	image_id CHAR(32) NOT NULL, 
	rater_id CHAR(32) NOT NULL, 
	position INTEGER NOT NULL, 
	state VARCHAR NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_assignments PRIMARY KEY (id), 
	CONSTRAINT uq_assignments_image_id_rater_id UNIQUE (image_id, rater_id), 
	CONSTRAINT fk_assignments_project_id FOREIGN KEY(project_id) REFERENCES projects (id), 
	CONSTRAINT fk_assignments_image_id FOREIGN KEY(image_id) REFERENCES images (id), 
	CONSTRAINT fk_assignments_rater_id FOREIGN KEY(rater_id) REFERENCES raters (id), 
	CONSTRAINT ck_assignments_ck_assignments_state CHECK (state IN ('open', 'skipped', 'done', 'withdrawn'))
);
INSERT INTO "assignments" VALUES('8191bb5faed84e4e8c0946ff804cc503','ca71644a4b26475ba055f832f53e6b5e','e4c6e0425a304a66905576a3e5aabf72','cddd5056055349978564cd33797353de',0,'open','2026-11-28 18:48:28.761962');
INSERT INTO "assignments" VALUES('6da58a5f4c694c008ec0af6157d59a73','ca71644a4b26475ba055f832f53e6b5e','e4c6e0425a304a66905576a3e5aabf72','c3373c7a7753407ea64f6fdd68225e0e',0,'done','2026-11-28 18:48:29.035966');
INSERT INTO "assignments" VALUES('4a1483d38e6744d9a6759af3fbe8982a','ca71644a4b26475ba055f832f53e6b5e','b9ece465596445d386e40c300a9e9f99','cddd5056055349978564cd33797353de',1,'open','2026-11-28 18:48:29.304265');
INSERT INTO "assignments" VALUES('5fce0b59bbc4421082b4915605c5f09f','ca71644a4b26475ba055f832f53e6b5e','b9ece465596445d386e40c300a9e9f99','c3373c7a7753407ea64f6fdd68225e0e',1,'withdrawn','2026-11-28 18:48:29.304271');
CREATE TABLE events (
	chain CHAR(32) NOT NULL, 
	number BIGINT NOT NULL, 
	at DATETIME NOT NULL, 
	actor VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	row_table VARCHAR, 
	row_id CHAR(32), 
	digest VARCHAR, 
	parts JSON, 
	"before" JSON, 
	"after" JSON, 
	reason VARCHAR NOT NULL, 
	previous_hash VARCHAR NOT NULL, 
	hash VARCHAR NOT NULL, 
	CONSTRAINT pk_events PRIMARY KEY (chain, number)
);
INSERT INTO "events" VALUES('65e2f2591799475493d92f837d734c08',1,'2026-11-28 18:48:28.346274','Eve','project created','projects','65e2f2591799475493d92f837d734c08','c84bdbcb54a396a788e57ef1a2f402d551fd3d5c8dd6ef77630eafb03f79b283','{"project_labels": ["b27c52b145f6b11e54c1f90ddab3e4e800abe3b26ce4ad2b6b1fecd5eb90c84b", "7f301cca2c84c26a80fbf5e9c903afc99a2493e65ad8370b239661e938a4caf5"]}',NULL,'{"name": "open", "settings": {"model_name": "face-expression", "contrast": "dual", "suggestion_geometry": "box", "protocol": {"mode": "suggestions-first", "arms": [], "seed": "", "readers": 1, "assignment": "open", "adjudication": "none"}}}','','0000000000000000000000000000000000000000000000000000000000000000','6bf980c5f793acc2090ce94bcc5a502628a916f64136bdceb432ed85618b6f10');
INSERT INTO "events" VALUES('65e2f2591799475493d92f837d734c08',2,'2026-11-28 18:48:28.382444','Eve','subject added','subjects','8f766c2490d749ffbd2078478f47ced9','ccddc6bcd4e33d6a95e360c0ba5b91de6b19295d20b96bc12ed07742dc60fdac',NULL,NULL,NULL,'','6bf980c5f793acc2090ce94bcc5a502628a916f64136bdceb432ed85618b6f10','66ef43d7f1bdee2f62b0b10e11b8a522a5949158d0b10acc105974ba791ad301');
INSERT INTO "events" VALUES('65e2f2591799475493d92f837d734c08',3,'2026-11-28 18:48:28.382444','Eve','image added','images','7a40de4478094019aa92dbc340dde068','4aa9f11038e6a197042e350cd260181ac7d25a7dc60ff2dd133e829704eff909',NULL,NULL,NULL,'','66ef43d7f1bdee2f62b0b10e11b8a522a5949158d0b10acc105974ba791ad301','a033d6e1a787de1de351a381991171dcf6fee5a591acd89f20d320afc1fe8ce8');
INSERT INTO "events" VALUES('65e2f2591799475493d92f837d734c08',4,'2026-11-28 18:48:28.382444','Eve','image added','images','d34376fdedac465a8a494ea23518d0f6','5c4406d6822808299ec1aa6ac4965060a7809cfa9faa8dd82016bf244d45323a',NULL,NULL,NULL,'','a033d6e1a787de1de351a381991171dcf6fee5a591acd89f20d320afc1fe8ce8','5d72f2d61d627447fc39c3f7ae356607db50f532811f88ee5fe2d63e2001bab7');
INSERT INTO "events" VALUES('65e2f2591799475493d92f837d734c08',5,'2026-11-28 18:48:28.382444','Eve','image added','images','7db4557369a542f889f5058a83b40a71','bff3e98e29c9f5e10e82b53a97bd9cd08882c6b019e5134e52a77d10ea90171e',NULL,NULL,NULL,'','5d72f2d61d627447fc39c3f7ae356607db50f532811f88ee5fe2d63e2001bab7','f4e2be6c4f05968b29130433bb9052c9288688bc1e12d7a2d233abf6e049df14');
INSERT INTO "events" VALUES('65e2f2591799475493d92f837d734c08',6,'2026-11-28 18:48:28.544245','Eve','suggestions recorded','suggestion_runs','5835aaab9c024d4cb0315105c0083bd3','5fb15ba5466864ce093b85a835b150bf93b8f6ff7ccd3bb262df44715381d635','{"suggestions": ["154d4f37b04fd1f6507ca260379998c843a1fb3d2f3971d14392af6a3ca9667d", "921adca0e761bf4938f1e4e8da0c22b90d5de4ba6859e5f39efff292c2032804"], "maps": ["f59c29e4c2360e8a3941d8c7cb3b00eaed0fbe26fd2ac12680fa6deaaaeae7c2", "756786f37880d7f806c30a591084ce78ea5cfd05cd835109aed3e19723710602"]}',NULL,NULL,'','f4e2be6c4f05968b29130433bb9052c9288688bc1e12d7a2d233abf6e049df14','636e3e0d72f63ae36456d0772eca5bada8bdea50864be2ec267c70d53125a132');
INSERT INTO "events" VALUES('00000000000000000000000000000000',1,'2026-11-28 18:48:28.587660','Ada','rater added','raters','cddd5056055349978564cd33797353de','13831e81393459a52ef3952fcd1d18645bd5bcc9f670513dec4f0279fca3c683',NULL,NULL,NULL,'','0000000000000000000000000000000000000000000000000000000000000000','842697943fb754fd1b14543f54539dbfbb7d81f94d41bba4e5c6ecb6d68d30e7');
INSERT INTO "events" VALUES('65e2f2591799475493d92f837d734c08',7,'2026-11-28 18:48:28.588587','Ada','reading opened','readings','10ab869caa094388a74d258745e4878d','17ef6e355fac8d99b613780966e79126445f705f60b711f7c9eff9c0f1fcdee0',NULL,NULL,NULL,'','636e3e0d72f63ae36456d0772eca5bada8bdea50864be2ec267c70d53125a132','41d6ad7486efda31809968bc2f8045dd63fbe2055bfa829e97fe4a9d65cd8be2');
INSERT INTO "events" VALUES('65e2f2591799475493d92f837d734c08',8,'2026-11-28 18:48:28.588587','Ada','annotation','annotations','d51426c7ae5d4e55a767aa4a0b9095e9','52b839d34107a91805689a1312cccdcd84e529410aea7a93201c966c5224f284',NULL,NULL,NULL,'','41d6ad7486efda31809968bc2f8045dd63fbe2055bfa829e97fe4a9d65cd8be2','ade418461668513e90fa6087e07fe33d97fdd6dd5b4f7226f5730aaedd922098');
INSERT INTO "events" VALUES('65e2f2591799475493d92f837d734c08',9,'2026-11-28 18:48:28.588587','Ada','annotation','annotations','b426749862c043558247676f4a1bc245','efb149a4bc44e6c5398e418e93b33dca8dafa9edb70df1e0be64326ad3419ad0',NULL,NULL,NULL,'','ade418461668513e90fa6087e07fe33d97fdd6dd5b4f7226f5730aaedd922098','1af7720ed5f4856b2e9c9afff7814a1044f9de8b7ce81c2e900e220ea68e0c22');
INSERT INTO "events" VALUES('00000000000000000000000000000000',2,'2026-11-28 18:48:28.631046','Béla','rater added','raters','c3373c7a7753407ea64f6fdd68225e0e','690d8a7419e978a08509d32656ad228406db543afc8152f2048e14a8ba5ad7a4',NULL,NULL,NULL,'','842697943fb754fd1b14543f54539dbfbb7d81f94d41bba4e5c6ecb6d68d30e7','5f5a4f4709655db63b2431907e6648d8d228d00a66b6de7a4b98144b526c49e9');
INSERT INTO "events" VALUES('65e2f2591799475493d92f837d734c08',10,'2026-11-28 18:48:28.631961','Béla','reading opened','readings','8b896fb0257d4ac486630d406d3a3741','4320bf43e28191a0dc1efb1c7273442211b3c138380896fb8a4b2236e0f4adb2',NULL,NULL,NULL,'','1af7720ed5f4856b2e9c9afff7814a1044f9de8b7ce81c2e900e220ea68e0c22','75d823832f926bbd0c0c323d925ba504b0e5a98c8e43e9014fb99456f9fd1b40');
INSERT INTO "events" VALUES('65e2f2591799475493d92f837d734c08',11,'2026-11-28 18:48:28.631961','Ada','reading opened','readings','4af113f3fefc4af382aa908ae24ab71d','61f52b10b17a1eaa2cc796ffc40a4212dd6f2ded908b8cc5a2ffa3868d39d2b9',NULL,NULL,NULL,'','75d823832f926bbd0c0c323d925ba504b0e5a98c8e43e9014fb99456f9fd1b40','1f365b5414875e35d266fa95eea96dedaad2fceef2ae187db7e762cee4de92e7');
INSERT INTO "events" VALUES('65e2f2591799475493d92f837d734c08',12,'2026-11-28 18:48:28.631961','Béla','annotation','annotations','6eb7bc6cad6a4a6696664674dbe6bd54','c859ccb08a7315ea5bb188a3b1e5f682b1fea55cea3d6d31da1cfcbf9e35f82a',NULL,NULL,NULL,'','1f365b5414875e35d266fa95eea96dedaad2fceef2ae187db7e762cee4de92e7','e0a1207bc8e33e86ad3e4666ac3d0335f99c85f551b6b2d1b8a913ced81d4f21');
INSERT INTO "events" VALUES('65e2f2591799475493d92f837d734c08',13,'2026-11-28 18:48:28.631961','Béla','annotation','annotations','0d13e2a8f2474c3580495cbc440feffc','2454427353a9813349804b47d8f217afc8ff42940ae8001b618034bf8021f068',NULL,NULL,NULL,'','e0a1207bc8e33e86ad3e4666ac3d0335f99c85f551b6b2d1b8a913ced81d4f21','69e1acb8561e1bfed6be38f7701c9d0ced62cf908dff8c2e3bfbdda883fd80d2');
INSERT INTO "events" VALUES('65e2f2591799475493d92f837d734c08',14,'2026-11-28 18:48:28.631961','Béla','remark','remarks','3675779a7d954929a5d916e15d2e16db','6aba396bc81463e27814ec88b7caf91d7891de938aaae0a0d156078b599b8bf5',NULL,NULL,NULL,'','69e1acb8561e1bfed6be38f7701c9d0ced62cf908dff8c2e3bfbdda883fd80d2','fb6b1fc821c94093b7500d337469d9305f1bd4cdb9afb5f051b3ce0d2ff428d9');
INSERT INTO "events" VALUES('65e2f2591799475493d92f837d734c08',15,'2026-11-28 18:48:28.631961','Ada','remark','remarks','0a1412113b244aef8c770b5b7828109e','7326a3f5f1c2b43515a77e5aaff3325a63e78a0a4d4b54aa73b4a336dcdffc8a',NULL,NULL,NULL,'','fb6b1fc821c94093b7500d337469d9305f1bd4cdb9afb5f051b3ce0d2ff428d9','497aebbfce100f7a6bf7c58d4a4a772f430cb5a54e0b36317577149ba4831feb');
INSERT INTO "events" VALUES('ca71644a4b26475ba055f832f53e6b5e',1,'2026-11-28 18:48:28.639490','Eve','project created','projects','ca71644a4b26475ba055f832f53e6b5e','ac9a3b781f1c05a7e75ccac3646c0b1572172f2a9c6faeff0a92e63000fe6bf4','{"project_labels": ["fa46fe2fbec06dad6a885bd21b3fcec4557a24ef795b3e62fa9c92e02c84adb4", "5cae08250bff0d56cf7435fddce545f35cda53bd7f47afb5a1d2225dffe86fff"]}',NULL,'{"name": "study", "settings": {"model_name": null, "contrast": null, "suggestion_geometry": "box", "protocol": {"mode": "suggestions-first", "arms": [], "seed": "", "readers": 2, "assignment": "open", "adjudication": "none"}}}','','0000000000000000000000000000000000000000000000000000000000000000','aa8a7a97aa6a0b5861ac98183901f267d330d3bf3789f1bbf1f3a9f0b85e5cd0');
INSERT INTO "events" VALUES('ca71644a4b26475ba055f832f53e6b5e',2,'2026-11-28 18:48:28.654174','Eve','image added','images','e4c6e0425a304a66905576a3e5aabf72','04abf60cc1a77208d8596cb454f87226d513cd5e263abf70cd980efa80994063',NULL,NULL,NULL,'','aa8a7a97aa6a0b5861ac98183901f267d330d3bf3789f1bbf1f3a9f0b85e5cd0','5abb464d1bd59f717291e4c25b3b597c53ccae794955c971a315857dc0e56eb3');
INSERT INTO "events" VALUES('ca71644a4b26475ba055f832f53e6b5e',3,'2026-11-28 18:48:28.654174','Eve','image added','images','b9ece465596445d386e40c300a9e9f99','0063fb6d64893b990a515a4d3118dd9810aa8a6f29519f7073a954e2987ef602',NULL,NULL,NULL,'','5abb464d1bd59f717291e4c25b3b597c53ccae794955c971a315857dc0e56eb3','ab2870d797cdf312fc1d4828f2f7a4c913ede926c896c0296bee56e8b025e977');
INSERT INTO "events" VALUES('ca71644a4b26475ba055f832f53e6b5e',4,'2026-11-28 18:48:28.678151','unstated','suggestions recorded','suggestion_runs','8d0a0dc60fa84b3e9855900b4eae876d','e95c7414cd6303661c968c38bf0fd843c022ab78728ad643b619c96bd8381428','{"suggestions": ["8f435bbf35fa977bf24f9113385618b47cab25f8a16d97cc9f95d37fee706bda", "8b9d6dcd5b676142822bc73ec585dcbc1e8c4a1eab70b2d3b8714735767e8dc0"], "maps": ["2ae6eabaa435a142b1590ee2c727878127d2e42678af7afd204c631952539617", "ae27a702a7c5ac323a88c3789f33efb58e6401a45f976dea004589e5412e0067"]}',NULL,NULL,'','ab2870d797cdf312fc1d4828f2f7a4c913ede926c896c0296bee56e8b025e977','053d5fbe740b0806dcd10f209772c57ded19b7cff9385dfc1fde16e332c40f95');
INSERT INTO "events" VALUES('ca71644a4b26475ba055f832f53e6b5e',5,'2026-11-28 18:48:28.794806','Ada','assigned','assignments','8191bb5faed84e4e8c0946ff804cc503','bd76e52afb87445af2e333083d0d9ab1f639e3d3deb65102eeccd276a75a1deb',NULL,NULL,NULL,'','053d5fbe740b0806dcd10f209772c57ded19b7cff9385dfc1fde16e332c40f95','6241642f0d50ba0428de16cc501977bb0dcdc54ec4601bc45eb1a1bbdeb096f5');
INSERT INTO "events" VALUES('ca71644a4b26475ba055f832f53e6b5e',6,'2026-11-28 18:48:28.794806','Ada','reading opened','readings','b9ad466785b34fd9a50eaf4a102446f7','493f6f37d9dda158a67179357a96e4244718d9724b245ae50bf962b7429149fd',NULL,NULL,NULL,'','6241642f0d50ba0428de16cc501977bb0dcdc54ec4601bc45eb1a1bbdeb096f5','78260803c9bb3025331656ff6a96378f143df70ed5ffa8f4b991b0d45de7da92');
INSERT INTO "events" VALUES('ca71644a4b26475ba055f832f53e6b5e',7,'2026-11-28 18:48:28.979140','Ada','annotation','annotations','9cbc94dc0c664a54affa0e821d68bfb8','791a198738daaf01dec97fbdab8028ab1490dd89f132843abf9abd836dae0717',NULL,NULL,NULL,'','78260803c9bb3025331656ff6a96378f143df70ed5ffa8f4b991b0d45de7da92','bbe26ec03dd4a9991cfd489b28cc2877f5ca964e1c7d55555a436f197a561c21');
INSERT INTO "events" VALUES('ca71644a4b26475ba055f832f53e6b5e',8,'2026-11-28 18:48:28.979140','Ada','annotation','annotations','740c2dd3332c461d92c5af8249a218d0','7d773d20a3dc87c028873490c76e84feb5a59d64c492ae6f5254fd45f110db48',NULL,NULL,NULL,'','bbe26ec03dd4a9991cfd489b28cc2877f5ca964e1c7d55555a436f197a561c21','8be35885f406da66476a1a4f1212de0ff17fc73b0b2e752bf38f15ea642186db');
INSERT INTO "events" VALUES('ca71644a4b26475ba055f832f53e6b5e',9,'2026-11-28 18:48:28.979140','Ada','label value','label_values','f587c3c98b204685b424196da139f7b4','eb6dc1f3b2aca167cbbfb8ab56f441867dc5d1f306b2d57099086970894b9b2c',NULL,NULL,NULL,'','8be35885f406da66476a1a4f1212de0ff17fc73b0b2e752bf38f15ea642186db','7e56a51a5b37bca5a06dd0238c7c613d8c67c82394c9758157c466db16734bbb');
INSERT INTO "events" VALUES('ca71644a4b26475ba055f832f53e6b5e',10,'2026-11-28 18:48:28.979140','Ada','remark','remarks','88a542f1f80f459eaa4110e9bde782f0','4801801dabec887c954a974905cc19886e40b7fa277ba70b61d607871e4dd2bf',NULL,NULL,NULL,'','7e56a51a5b37bca5a06dd0238c7c613d8c67c82394c9758157c466db16734bbb','5f9ef6f017a71efc54cc032f859615e906cfca34c2da9c417bb274000525bdad');
INSERT INTO "events" VALUES('ca71644a4b26475ba055f832f53e6b5e',11,'2026-11-28 18:48:29.011401','Ada','reading signed','signatures','e2930072b0324179a86c05e4f1404ba5','6ee12b68bd45be570eee79e42b16fe249d74f912339a7364dc0af561c6d76d04',NULL,NULL,NULL,'done','5f9ef6f017a71efc54cc032f859615e906cfca34c2da9c417bb274000525bdad','a093cf31cb15678d48166e900c31801ea1158735aab4ab5bee046c74d42bce9a');
INSERT INTO "events" VALUES('ca71644a4b26475ba055f832f53e6b5e',12,'2026-11-28 18:48:29.083547','Béla','assigned','assignments','6da58a5f4c694c008ec0af6157d59a73','42df85b4f17f4ec230bd89467eb06307a57e60037f7a31177976ce91678922e5',NULL,NULL,NULL,'','a093cf31cb15678d48166e900c31801ea1158735aab4ab5bee046c74d42bce9a','8fd439cdd1a848e828be0458a618513cb4a1170b647b59f9ccc4ca6626b6033b');
INSERT INTO "events" VALUES('ca71644a4b26475ba055f832f53e6b5e',13,'2026-11-28 18:48:29.083547','Béla','reading opened','readings','a296c96cdf9145478e0f6539925e8e3d','a932d34dde70b3c487706284a272a3799d9bde357ec4248072e9f0e8ad5d9280',NULL,NULL,NULL,'','8fd439cdd1a848e828be0458a618513cb4a1170b647b59f9ccc4ca6626b6033b','23689c92eb243fe0c022570a494038ac056a544305baaa909c976c202df5a9ce');
INSERT INTO "events" VALUES('ca71644a4b26475ba055f832f53e6b5e',14,'2026-11-28 18:48:29.189986','Béla','annotation','annotations','8ccdba3b457f4dc5a3f933e0195272ab','a82f93c5f54bce1f02850d2a8e859e2959ae039e1553b1f709d44ff44ff40b47',NULL,NULL,NULL,'','23689c92eb243fe0c022570a494038ac056a544305baaa909c976c202df5a9ce','00b04f9c1605183affb5554a14bc539600563e9e019aa64a3331dc663ade819a');
INSERT INTO "events" VALUES('ca71644a4b26475ba055f832f53e6b5e',15,'2026-11-28 18:48:29.189986','Béla','annotation','annotations','3166474828ea454b952b70bc75b2a25d','458d4f9bff923ae9d050930fc190110dbeb9e631919b7a282c034f4e43232916',NULL,NULL,NULL,'','00b04f9c1605183affb5554a14bc539600563e9e019aa64a3331dc663ade819a','248c16091aecec950055ee9ffb433235fbabe925b27b474fd2af68ea848c2e24');
INSERT INTO "events" VALUES('ca71644a4b26475ba055f832f53e6b5e',16,'2026-11-28 18:48:29.189986','Béla','label value','label_values','84bcb1e0c0f04b7582b8b19b90c3554e','3a062b2f44231a7fc43f4bfceaefcbc5023830fc5e843955d807c51e704ca653',NULL,NULL,NULL,'','248c16091aecec950055ee9ffb433235fbabe925b27b474fd2af68ea848c2e24','dbaea304414326b05326193e6d0b55d766a6529d6f6c9762636e67160d65678a');
INSERT INTO "events" VALUES('ca71644a4b26475ba055f832f53e6b5e',17,'2026-11-28 18:48:29.189986','Béla','remark','remarks','00d7b62b8c534645a8de3b6e8331c7a8','67ec15fd54f81f0dcd7b696a02569ac2924bfcd785e7d52dc5b510c262e6bbf7',NULL,NULL,NULL,'','dbaea304414326b05326193e6d0b55d766a6529d6f6c9762636e67160d65678a','b06a23667fa290aa633fe8f9e1f0305df17eb041e87f13e196027878c4eadf8c');
INSERT INTO "events" VALUES('ca71644a4b26475ba055f832f53e6b5e',18,'2026-11-28 18:48:29.224107','Béla','reading signed','signatures','91da8166c3504814a047e1d6bca597da','910b6277e2c564cb4b58374518b5a74808c1e2ecd6bed533406c5d995242c801',NULL,NULL,NULL,'done','b06a23667fa290aa633fe8f9e1f0305df17eb041e87f13e196027878c4eadf8c','7283dd380fdc71fa560fe3cc87b6b0de3181c591d646afb050f2223d85643178');
INSERT INTO "events" VALUES('ca71644a4b26475ba055f832f53e6b5e',19,'2026-11-28 18:48:29.278447','Ada','reading reopened','signatures','f2d8e48c98c34c2eb1ad544b1594b0f5','dc75af8b5c31f71f134cddd32334853b1d14188e2b6f1170e87ea3dbe1ebb687',NULL,NULL,NULL,'looked again','7283dd380fdc71fa560fe3cc87b6b0de3181c591d646afb050f2223d85643178','c50715579251b35bb7f27e588207ea23cb50d54b502522050e711cc7e421f023');
INSERT INTO "events" VALUES('ca71644a4b26475ba055f832f53e6b5e',20,'2026-11-28 18:48:29.312346','Eve','assigned','assignments','4a1483d38e6744d9a6759af3fbe8982a','7e8e0677df556454cfa079667e02037d86cf808ea98a64dce949c28abe76d3bf',NULL,NULL,NULL,'','c50715579251b35bb7f27e588207ea23cb50d54b502522050e711cc7e421f023','fd1019c36e898e0793d07b1bdf109e8ed40cb93abfa3cd8d314e08d52f4529d3');
INSERT INTO "events" VALUES('ca71644a4b26475ba055f832f53e6b5e',21,'2026-11-28 18:48:29.312346','Eve','assigned','assignments','5fce0b59bbc4421082b4915605c5f09f','5943d7125ac05c8eb401bd07f01d71c35b5749ff605b7e40c08999ec6d3894dc',NULL,NULL,NULL,'','fd1019c36e898e0793d07b1bdf109e8ed40cb93abfa3cd8d314e08d52f4529d3','3e29d3c7d34a2662574d2e1a0406b9bcfe71949495ef3f6f953a704c72dd643e');
INSERT INTO "events" VALUES('ca71644a4b26475ba055f832f53e6b5e',22,'2026-11-28 18:48:29.374291','Eve','assignment withdrawn','assignments','5fce0b59bbc4421082b4915605c5f09f','5943d7125ac05c8eb401bd07f01d71c35b5749ff605b7e40c08999ec6d3894dc',NULL,NULL,NULL,'on leave','3e29d3c7d34a2662574d2e1a0406b9bcfe71949495ef3f6f953a704c72dd643e','f1fcab0c9c4d2fe041a898b7e347ab6714f74c3e4aa4a8717ca38d41dde0a64a');
INSERT INTO "events" VALUES('00000000000000000000000000000000',3,'2026-11-28 18:48:29.438360','setup','account created','accounts','274beaf51f554a8ca14755c2f9ec5f60','eeea16bedb3fda7d65f54bbb9872fbed9ab188aa1de3b0d0957434fb0e2717d1',NULL,NULL,'{"name": "Eve", "active": true, "password": false, "subject": false}','','5f5a4f4709655db63b2431907e6648d8d228d00a66b6de7a4b98144b526c49e9','8a155a6e7f9fd4be86dfc730d75832f7def731d8c4f4f68cc828f6e83763d2e3');
INSERT INTO "events" VALUES('00000000000000000000000000000000',4,'2026-11-28 18:48:29.438360','setup','role given','role_grants','f816f33ab5cd4138bce1b1325364574a','22c819e39687f74881f65e876227e6e84819f00f02e6ca6f6ab4edd98c3c17d7',NULL,NULL,'{"name": "Eve", "role": "admin"}','','8a155a6e7f9fd4be86dfc730d75832f7def731d8c4f4f68cc828f6e83763d2e3','297bf6617b941cb8a4f8ce45c4463269c173e4716c0024e82a2009aa7202badd');
INSERT INTO "events" VALUES('00000000000000000000000000000000',5,'2026-11-28 18:48:29.467170','Eve','account created','accounts','cc5825d6407a46a0a681b3f67042a2d6','17ca88a569b0a40f0d5d3201afab107c3abef2d7327228c8aa5914e0d92a0987',NULL,NULL,'{"name": "Ada", "active": true, "password": false, "subject": false}','','297bf6617b941cb8a4f8ce45c4463269c173e4716c0024e82a2009aa7202badd','a51ed38634d572a4f30f337fffabae1df0437b023ae17be615819ffd69ddd99a');
CREATE TABLE image_states (
	image_id CHAR(32) NOT NULL, 
	project_id CHAR(32) NOT NULL, 
	position INTEGER NOT NULL, 
	run INTEGER, 
	suggested INTEGER NOT NULL, 
	settled INTEGER NOT NULL, 
	claims INTEGER NOT NULL, 
	undecided INTEGER NOT NULL, 
	acts INTEGER NOT NULL, 
	assigned INTEGER NOT NULL, 
	signed INTEGER NOT NULL, 
	adjudicated BOOLEAN NOT NULL, 
	flagged BOOLEAN NOT NULL, 
	skipped BOOLEAN NOT NULL, 
	decided BOOLEAN NOT NULL, 
	CONSTRAINT pk_image_states PRIMARY KEY (image_id), 
	CONSTRAINT fk_image_states_run FOREIGN KEY(run) REFERENCES suggestion_runs (sequence), 
	CONSTRAINT fk_image_states_image_id FOREIGN KEY(image_id) REFERENCES images (id), 
	CONSTRAINT fk_image_states_project_id FOREIGN KEY(project_id) REFERENCES projects (id)
);
INSERT INTO "image_states" VALUES('7a40de4478094019aa92dbc340dde068','65e2f2591799475493d92f837d734c08',0,1,2,2,2,0,2,0,0,0,0,0,1);
INSERT INTO "image_states" VALUES('d34376fdedac465a8a494ea23518d0f6','65e2f2591799475493d92f837d734c08',1,NULL,0,0,0,1,2,0,0,0,1,0,0);
INSERT INTO "image_states" VALUES('7db4557369a542f889f5058a83b40a71','65e2f2591799475493d92f837d734c08',2,NULL,0,0,0,0,0,0,0,0,0,1,0);
INSERT INTO "image_states" VALUES('e4c6e0425a304a66905576a3e5aabf72','ca71644a4b26475ba055f832f53e6b5e',0,2,2,1,1,0,6,2,1,0,0,0,0);
INSERT INTO "image_states" VALUES('b9ece465596445d386e40c300a9e9f99','ca71644a4b26475ba055f832f53e6b5e',1,NULL,0,0,0,0,0,1,0,0,0,0,0);
CREATE TABLE images (
	id CHAR(32) NOT NULL, 
	project_id CHAR(32) NOT NULL, 
	position INTEGER NOT NULL, 
	file_name VARCHAR NOT NULL, 
	width INTEGER NOT NULL, 
	height INTEGER NOT NULL, 
	pixels_sha256 VARCHAR NOT NULL, 
	source_sha256 VARCHAR NOT NULL, 
	modality VARCHAR NOT NULL, 
	bits INTEGER NOT NULL, 
	channels INTEGER NOT NULL, 
	window_black DOUBLE, 
	window_white DOUBLE, 
	created_at DATETIME NOT NULL, subject_id CHAR(32) CONSTRAINT fk_images_subject_id REFERENCES subjects (id), frame INTEGER, display JSON, 
	CONSTRAINT pk_images PRIMARY KEY (id), 
	CONSTRAINT uq_images_project_id_position UNIQUE (project_id, position), 
	CONSTRAINT uq_images_project_id_pixels_sha256 UNIQUE (project_id, pixels_sha256), 
	CONSTRAINT fk_images_project_id FOREIGN KEY(project_id) REFERENCES projects (id), 
	CONSTRAINT ck_images_ck_images_size CHECK (width > 0 AND height > 0)
);
INSERT INTO "images" VALUES('7a40de4478094019aa92dbc340dde068','65e2f2591799475493d92f837d734c08',0,'a.png',400,300,'5ff3d6f4b844441f8273072dd60a85f25ff3d6f4b844441f8273072dd60a85f2','1dcfad8b8a63486e988cb2c0f7ce66621dcfad8b8a63486e988cb2c0f7ce6662','photograph',8,3,NULL,NULL,'2026-11-28 18:48:28.362348','8f766c2490d749ffbd2078478f47ced9',NULL,NULL);
INSERT INTO "images" VALUES('d34376fdedac465a8a494ea23518d0f6','65e2f2591799475493d92f837d734c08',1,'b.png',400,300,'36a6df6b9f7f43fd93d6b7fc04f1e28b36a6df6b9f7f43fd93d6b7fc04f1e28b','ca8ca53632a24c92a67f8cf5c86d4c81ca8ca53632a24c92a67f8cf5c86d4c81','photograph',8,3,NULL,NULL,'2026-11-28 18:48:28.362348','8f766c2490d749ffbd2078478f47ced9',NULL,NULL);
INSERT INTO "images" VALUES('7db4557369a542f889f5058a83b40a71','65e2f2591799475493d92f837d734c08',2,'c.png',400,300,'b90b953b696a47239e1699fadb3a17a1b90b953b696a47239e1699fadb3a17a1','e7cf5b5d37ef4938b99e97565bb729d6e7cf5b5d37ef4938b99e97565bb729d6','photograph',8,3,NULL,NULL,'2026-11-28 18:48:28.362348',NULL,NULL,NULL);
INSERT INTO "images" VALUES('e4c6e0425a304a66905576a3e5aabf72','ca71644a4b26475ba055f832f53e6b5e',0,'Ω.dcm',400,300,'fc29720674804d1ebc04c5caf74a22f7fc29720674804d1ebc04c5caf74a22f7','f30dd557137d491299b6ef716b5cb2dff30dd557137d491299b6ef716b5cb2df','photograph',16,3,0.0,4095.5,'2026-11-28 18:48:28.649609',NULL,NULL,'{"unit": "HU", "slope": 1.5}');
INSERT INTO "images" VALUES('b9ece465596445d386e40c300a9e9f99','ca71644a4b26475ba055f832f53e6b5e',1,'f.png',400,300,'2abfc1b13d7d457f89f10d4d80ccece52abfc1b13d7d457f89f10d4d80ccece5','32c617eaebf54ed1809bc290caa7004b32c617eaebf54ed1809bc290caa7004b','photograph',8,3,NULL,NULL,'2026-11-28 18:48:28.649609',NULL,3,NULL);
CREATE TABLE label_values (
	sequence INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	id CHAR(32) NOT NULL, 
	image_id CHAR(32) NOT NULL, 
	rater_id CHAR(32) NOT NULL, 
	reading_id CHAR(32), 
	created_at DATETIME NOT NULL, 
	label VARCHAR NOT NULL, 
	value VARCHAR NOT NULL, 
	intensity VARCHAR, 
	side VARCHAR, 
	supersedes CHAR(32), 
	CONSTRAINT uq_label_values_id UNIQUE (id), 
	CONSTRAINT fk_label_values_image_id FOREIGN KEY(image_id) REFERENCES images (id), 
	CONSTRAINT fk_label_values_rater_id FOREIGN KEY(rater_id) REFERENCES raters (id), 
	CONSTRAINT fk_label_values_reading_id FOREIGN KEY(reading_id) REFERENCES readings (id), 
	CONSTRAINT fk_label_values_supersedes FOREIGN KEY(supersedes) REFERENCES label_values (id), 
	CONSTRAINT ck_label_values_ck_label_values_value CHECK (value IN ('present', 'absent', 'uncertain', 'not_assessed', 'not_assessable'))
);
INSERT INTO "label_values" VALUES(1,'f587c3c98b204685b424196da139f7b4','e4c6e0425a304a66905576a3e5aabf72','cddd5056055349978564cd33797353de','b9ad466785b34fd9a50eaf4a102446f7','2026-11-28 18:48:28.799177','AU12','present','B','R',NULL);
INSERT INTO "label_values" VALUES(2,'84bcb1e0c0f04b7582b8b19b90c3554e','e4c6e0425a304a66905576a3e5aabf72','c3373c7a7753407ea64f6fdd68225e0e','a296c96cdf9145478e0f6539925e8e3d','2026-11-28 18:48:29.086900','AU12','present','B','R',NULL);
CREATE TABLE maps (
	run_id CHAR(32) NOT NULL, 
	position INTEGER NOT NULL, 
	label VARCHAR NOT NULL, 
	against VARCHAR NOT NULL, 
	layer VARCHAR NOT NULL, 
	explained_mass DOUBLE NOT NULL, 
	grid_height INTEGER NOT NULL, 
	grid_width INTEGER NOT NULL, 
	grid BLOB NOT NULL, 
	extent JSON NOT NULL, 
	CONSTRAINT pk_maps PRIMARY KEY (run_id, position), 
	CONSTRAINT fk_maps_run_id FOREIGN KEY(run_id) REFERENCES suggestion_runs (id), 
	CONSTRAINT ck_maps_ck_maps_grid CHECK (length(grid) = 4 * grid_height * grid_width), 
	CONSTRAINT ck_maps_ck_maps_explained_mass CHECK (explained_mass BETWEEN 0 AND 1)
);
INSERT INTO "maps" VALUES('5835aaab9c024d4cb0315105c0083bd3',0,'happy','dual','conv',0.875,2,3,X'000000008988883D8988083ECDCC4C3E8988883EABAAAA3E','{"type": "box", "x": -4, "y": 0, "width": 100, "height": 100}');
INSERT INTO "maps" VALUES('5835aaab9c024d4cb0315105c0083bd3',1,'happy','dual','conv',0.875,2,3,X'000000008988883D8988083ECDCC4C3E8988883EABAAAA3E','{"type": "box", "x": -4, "y": 0, "width": 100, "height": 100}');
INSERT INTO "maps" VALUES('8d0a0dc60fa84b3e9855900b4eae876d',0,'happy','dual','conv',0.875,2,3,X'000000008988883D8988083ECDCC4C3E8988883EABAAAA3E','{"type": "box", "x": -4, "y": 0, "width": 100, "height": 100}');
INSERT INTO "maps" VALUES('8d0a0dc60fa84b3e9855900b4eae876d',1,'happy','dual','conv',0.875,2,3,X'000000008988883D8988083ECDCC4C3E8988883EABAAAA3E','{"type": "box", "x": -4, "y": 0, "width": 100, "height": 100}');
CREATE TABLE project_labels (
	project_id CHAR(32) NOT NULL, 
	code VARCHAR NOT NULL, 
	position INTEGER NOT NULL, 
	scheme VARCHAR NOT NULL, 
	meaning VARCHAR NOT NULL, 
	CONSTRAINT pk_project_labels PRIMARY KEY (project_id, code), 
	CONSTRAINT uq_project_labels_project_id_position UNIQUE (project_id, position), 
	CONSTRAINT fk_project_labels_project_id FOREIGN KEY(project_id) REFERENCES projects (id)
);
INSERT INTO "project_labels" VALUES('65e2f2591799475493d92f837d734c08','happy',0,'expression','happy');
INSERT INTO "project_labels" VALUES('65e2f2591799475493d92f837d734c08','AU12',1,'FACS','lip corner puller');
INSERT INTO "project_labels" VALUES('ca71644a4b26475ba055f832f53e6b5e','happy',0,'expression','happy');
INSERT INTO "project_labels" VALUES('ca71644a4b26475ba055f832f53e6b5e','AU12',1,'FACS','lip corner puller');
CREATE TABLE projects (
	id CHAR(32) NOT NULL, 
	name VARCHAR NOT NULL, 
	settings JSON NOT NULL, 
	created_at DATETIME NOT NULL, signatures_needed INTEGER DEFAULT '0' NOT NULL, 
	CONSTRAINT pk_projects PRIMARY KEY (id), 
	CONSTRAINT uq_projects_name UNIQUE (name)
);
INSERT INTO "projects" VALUES('65e2f2591799475493d92f837d734c08','open','{"model_name": "face-expression", "contrast": "dual", "suggestion_geometry": "box", "protocol": {"mode": "suggestions-first", "arms": [], "seed": "", "readers": 1, "assignment": "open", "adjudication": "none"}}','2026-11-28 18:48:28.206940',0);
INSERT INTO "projects" VALUES('ca71644a4b26475ba055f832f53e6b5e','study','{"model_name": null, "contrast": null, "suggestion_geometry": "box", "protocol": {"mode": "suggestions-first", "arms": [], "seed": "", "readers": 2, "assignment": "open", "adjudication": "none"}}','2026-11-28 18:48:28.637649',2);
CREATE TABLE raters (
	id CHAR(32) NOT NULL, 
	name VARCHAR NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_raters PRIMARY KEY (id), 
	CONSTRAINT uq_raters_name UNIQUE (name)
);
INSERT INTO "raters" VALUES('cddd5056055349978564cd33797353de','Ada','2026-11-28 18:48:28.555715');
INSERT INTO "raters" VALUES('c3373c7a7753407ea64f6fdd68225e0e','Béla','2026-11-28 18:48:28.597981');
CREATE TABLE readings (
	id CHAR(32) NOT NULL, 
	project_id CHAR(32) NOT NULL, 
	image_id CHAR(32) NOT NULL, 
	rater_id CHAR(32) NOT NULL, 
	round VARCHAR NOT NULL, 
	arm VARCHAR NOT NULL, 
	opened_at DATETIME NOT NULL, 
	CONSTRAINT pk_readings PRIMARY KEY (id), 
	CONSTRAINT uq_readings_image_id_rater_id_round UNIQUE (image_id, rater_id, round), 
	CONSTRAINT fk_readings_project_id FOREIGN KEY(project_id) REFERENCES projects (id), 
	CONSTRAINT fk_readings_image_id FOREIGN KEY(image_id) REFERENCES images (id), 
	CONSTRAINT fk_readings_rater_id FOREIGN KEY(rater_id) REFERENCES raters (id), 
	CONSTRAINT ck_readings_ck_readings_round CHECK (round IN ('first', 'revealed', 'adjudication'))
);
INSERT INTO "readings" VALUES('10ab869caa094388a74d258745e4878d','65e2f2591799475493d92f837d734c08','7a40de4478094019aa92dbc340dde068','cddd5056055349978564cd33797353de','first','suggestions-first','2026-11-28 18:48:28.573978');
INSERT INTO "readings" VALUES('8b896fb0257d4ac486630d406d3a3741','65e2f2591799475493d92f837d734c08','d34376fdedac465a8a494ea23518d0f6','c3373c7a7753407ea64f6fdd68225e0e','first','suggestions-first','2026-11-28 18:48:28.614238');
INSERT INTO "readings" VALUES('4af113f3fefc4af382aa908ae24ab71d','65e2f2591799475493d92f837d734c08','7db4557369a542f889f5058a83b40a71','cddd5056055349978564cd33797353de','first','suggestions-first','2026-11-28 18:48:28.615182');
INSERT INTO "readings" VALUES('b9ad466785b34fd9a50eaf4a102446f7','ca71644a4b26475ba055f832f53e6b5e','e4c6e0425a304a66905576a3e5aabf72','cddd5056055349978564cd33797353de','first','suggestions-first','2026-11-28 18:48:28.784508');
INSERT INTO "readings" VALUES('a296c96cdf9145478e0f6539925e8e3d','ca71644a4b26475ba055f832f53e6b5e','e4c6e0425a304a66905576a3e5aabf72','c3373c7a7753407ea64f6fdd68225e0e','first','suggestions-first','2026-11-28 18:48:29.082009');
CREATE TABLE record_identity (
	number INTEGER NOT NULL, 
	id CHAR(32) NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_record_identity PRIMARY KEY (number), 
	CONSTRAINT ck_record_identity_ck_record_identity_number CHECK (number = 1)
);
INSERT INTO "record_identity" VALUES(1,'8d5b88ee65274b6fb8a9d08792c57a9f','2026-11-28 18:48:28.354484');
CREATE TABLE remarks (
	sequence INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	id CHAR(32) NOT NULL, 
	image_id CHAR(32) NOT NULL, 
	rater_id CHAR(32) NOT NULL, 
	reading_id CHAR(32), 
	created_at DATETIME NOT NULL, 
	kind VARCHAR NOT NULL, 
	text VARCHAR NOT NULL, 
	region_id CHAR(32), 
	answers CHAR(32), 
	addressee_id CHAR(32), 
	CONSTRAINT uq_remarks_id UNIQUE (id), 
	CONSTRAINT fk_remarks_image_id FOREIGN KEY(image_id) REFERENCES images (id), 
	CONSTRAINT fk_remarks_rater_id FOREIGN KEY(rater_id) REFERENCES raters (id), 
	CONSTRAINT fk_remarks_reading_id FOREIGN KEY(reading_id) REFERENCES readings (id), 
	CONSTRAINT fk_remarks_answers FOREIGN KEY(answers) REFERENCES remarks (id), 
	CONSTRAINT fk_remarks_addressee_id FOREIGN KEY(addressee_id) REFERENCES raters (id), 
	CONSTRAINT ck_remarks_ck_remarks_kind CHECK (kind IN ('note', 'flag', 'unflag', 'skip', 'unskip', 'issue', 'reply', 'resolved'))
);
INSERT INTO "remarks" VALUES(1,'3675779a7d954929a5d916e15d2e16db','d34376fdedac465a8a494ea23518d0f6','c3373c7a7753407ea64f6fdd68225e0e','8b896fb0257d4ac486630d406d3a3741','2026-11-28 18:48:28.597981','flag','Blurred.',NULL,NULL,NULL);
INSERT INTO "remarks" VALUES(2,'0a1412113b244aef8c770b5b7828109e','7db4557369a542f889f5058a83b40a71','cddd5056055349978564cd33797353de','4af113f3fefc4af382aa908ae24ab71d','2026-11-28 18:48:28.597981','skip','later',NULL,NULL,NULL);
INSERT INTO "remarks" VALUES(3,'88a542f1f80f459eaa4110e9bde782f0','e4c6e0425a304a66905576a3e5aabf72','cddd5056055349978564cd33797353de','b9ad466785b34fd9a50eaf4a102446f7','2026-11-28 18:48:28.799177','note','Sharp.',NULL,NULL,NULL);
INSERT INTO "remarks" VALUES(4,'00d7b62b8c534645a8de3b6e8331c7a8','e4c6e0425a304a66905576a3e5aabf72','c3373c7a7753407ea64f6fdd68225e0e','a296c96cdf9145478e0f6539925e8e3d','2026-11-28 18:48:29.086900','note','Sharp.',NULL,NULL,NULL);
CREATE TABLE role_grants (
	sequence INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	id CHAR(32) NOT NULL, 
	account_id CHAR(32) NOT NULL, 
	project_id CHAR(32), 
	role VARCHAR NOT NULL, 
	granted BOOLEAN NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT uq_role_grants_id UNIQUE (id), 
	CONSTRAINT fk_role_grants_account_id FOREIGN KEY(account_id) REFERENCES accounts (id), 
	CONSTRAINT fk_role_grants_project_id FOREIGN KEY(project_id) REFERENCES projects (id), 
	CONSTRAINT ck_role_grants_ck_role_grants_role CHECK (role IN ('rater', 'reviewer', 'adjudicator', 'manager', 'admin'))
);
INSERT INTO "role_grants" VALUES(1,'f816f33ab5cd4138bce1b1325364574a','274beaf51f554a8ca14755c2f9ec5f60',NULL,'admin',1,'2026-11-28 18:48:28.206884');
CREATE TABLE sign_in_links (
	token_sha256 VARCHAR NOT NULL, 
	account_id CHAR(32), 
	expires_at DATETIME NOT NULL, 
	CONSTRAINT pk_sign_in_links PRIMARY KEY (token_sha256), 
	CONSTRAINT fk_sign_in_links_account_id FOREIGN KEY(account_id) REFERENCES accounts (id)
);
CREATE TABLE sign_in_sessions (
	token_sha256 VARCHAR NOT NULL, 
	account_id CHAR(32) NOT NULL, 
	seen_at DATETIME NOT NULL, 
	ends_at DATETIME NOT NULL, 
	ended BOOLEAN NOT NULL, 
	CONSTRAINT pk_sign_in_sessions PRIMARY KEY (token_sha256), 
	CONSTRAINT fk_sign_in_sessions_account_id FOREIGN KEY(account_id) REFERENCES accounts (id)
);
CREATE TABLE sign_in_tries (
	key_sha256 VARCHAR NOT NULL, 
	failures INTEGER NOT NULL, 
	barred_until DATETIME NOT NULL, 
	CONSTRAINT pk_sign_in_tries PRIMARY KEY (key_sha256)
);
INSERT INTO "sign_in_tries" VALUES('fdee430d40bd57deeac186cd9790033d0f06f909a8806e7ce6e717ab7c7d5029',1,'2026-11-28 18:48:28.206884');
CREATE TABLE signatures (
	sequence INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	id CHAR(32) NOT NULL, 
	reading_id CHAR(32) NOT NULL, 
	act VARCHAR NOT NULL, 
	reason VARCHAR NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT uq_signatures_id UNIQUE (id), 
	CONSTRAINT fk_signatures_reading_id FOREIGN KEY(reading_id) REFERENCES readings (id), 
	CONSTRAINT ck_signatures_ck_signatures_act CHECK (act IN ('signed', 'reopened'))
);
INSERT INTO "signatures" VALUES(1,'e2930072b0324179a86c05e4f1404ba5','b9ad466785b34fd9a50eaf4a102446f7','signed','done','2026-11-28 18:48:28.993131');
INSERT INTO "signatures" VALUES(2,'91da8166c3504814a047e1d6bca597da','a296c96cdf9145478e0f6539925e8e3d','signed','done','2026-11-28 18:48:29.212632');
INSERT INTO "signatures" VALUES(3,'f2d8e48c98c34c2eb1ad544b1594b0f5','b9ad466785b34fd9a50eaf4a102446f7','reopened','looked again','2026-11-28 18:48:29.246860');
CREATE TABLE subjects (
	id CHAR(32) NOT NULL, 
	project_id CHAR(32) NOT NULL, 
	pseudonym VARCHAR NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_subjects PRIMARY KEY (id), 
	CONSTRAINT uq_subjects_project_id_pseudonym UNIQUE (project_id, pseudonym), 
	CONSTRAINT fk_subjects_project_id FOREIGN KEY(project_id) REFERENCES projects (id)
);
INSERT INTO "subjects" VALUES('8f766c2490d749ffbd2078478f47ced9','65e2f2591799475493d92f837d734c08','S1','2026-11-28 18:48:28.362348');
CREATE TABLE suggestion_runs (
	sequence INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	id CHAR(32) NOT NULL, 
	image_id CHAR(32) NOT NULL, 
	model_name VARCHAR NOT NULL, 
	model_version VARCHAR NOT NULL, 
	model_sha256 VARCHAR NOT NULL, 
	method VARCHAR NOT NULL, 
	parameters JSON NOT NULL, 
	code_version VARCHAR NOT NULL, 
	scores JSON NOT NULL, 
	notices JSON NOT NULL, 
	face JSON, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT uq_suggestion_runs_id UNIQUE (id), 
	CONSTRAINT fk_suggestion_runs_image_id FOREIGN KEY(image_id) REFERENCES images (id)
);
INSERT INTO "suggestion_runs" VALUES(1,'5835aaab9c024d4cb0315105c0083bd3','7a40de4478094019aa92dbc340dde068','face-expression','1.0','abababababababababababababababababababababababababababababababab','excitation backprop','{"grid": [7, 7.5]}','0.1.0','{"happy": 0.75, "AU12": 0.25}','["Nothing else was found."]','{"type": "box", "x": 1.5, "y": 2.5, "width": 200, "height": 200}','2026-11-28 18:48:28.389642');
INSERT INTO "suggestion_runs" VALUES(2,'8d0a0dc60fa84b3e9855900b4eae876d','e4c6e0425a304a66905576a3e5aabf72','face-expression','1.0','abababababababababababababababababababababababababababababababab','excitation backprop','{"grid": [7, 7.5]}','0.1.0','{"happy": 0.75, "AU12": 0.25}','["Nothing else was found."]','{"type": "box", "x": 1.5, "y": 2.5, "width": 200, "height": 200}','2026-11-28 18:48:28.657524');
CREATE TABLE suggestions (
	id CHAR(32) NOT NULL, 
	run_id CHAR(32) NOT NULL, 
	position INTEGER NOT NULL, 
	label VARCHAR NOT NULL, 
	region JSON NOT NULL, 
	score DOUBLE NOT NULL, 
	strength DOUBLE NOT NULL, 
	against VARCHAR NOT NULL, 
	explained_mass DOUBLE NOT NULL, 
	CONSTRAINT pk_suggestions PRIMARY KEY (id), 
	CONSTRAINT uq_suggestions_run_id_position UNIQUE (run_id, position), 
	CONSTRAINT fk_suggestions_run_id FOREIGN KEY(run_id) REFERENCES suggestion_runs (id), 
	CONSTRAINT ck_suggestions_ck_suggestions_score CHECK (score BETWEEN 0 AND 1), 
	CONSTRAINT ck_suggestions_ck_suggestions_strength CHECK (strength BETWEEN 0 AND 1), 
	CONSTRAINT ck_suggestions_ck_suggestions_explained_mass CHECK (explained_mass BETWEEN 0 AND 1)
);
INSERT INTO "suggestions" VALUES('edce7f24e4de4a8dae76ab2272509704','5835aaab9c024d4cb0315105c0083bd3',0,'happy','{"type": "box", "x": 10.25, "y": 20, "width": 30, "height": 40}',0.75,0.5,'dual',0.875);
INSERT INTO "suggestions" VALUES('c010884b80704647946f112e0502702a','5835aaab9c024d4cb0315105c0083bd3',1,'happy','{"type": "box", "x": 10.25, "y": 20, "width": 30, "height": 40}',0.75,0.5,'dual',0.875);
INSERT INTO "suggestions" VALUES('2a4f1a0bbfd34bd191cab23ab8c0caa8','8d0a0dc60fa84b3e9855900b4eae876d',0,'happy','{"type": "box", "x": 10.25, "y": 20, "width": 30, "height": 40}',0.75,0.5,'dual',0.875);
INSERT INTO "suggestions" VALUES('aabcb7f9412e4622a0ad19248b8e56b4','8d0a0dc60fa84b3e9855900b4eae876d',1,'happy','{"type": "box", "x": 10.25, "y": 20, "width": 30, "height": 40}',0.75,0.5,'dual',0.875);
CREATE INDEX ix_suggestion_runs_image_id_sequence ON suggestion_runs (image_id, sequence);
CREATE INDEX ix_annotations_image_id_region_id_sequence ON annotations (image_id, region_id, sequence);
CREATE TRIGGER annotations_refuses_update BEFORE UPDATE ON annotations BEGIN SELECT RAISE(ABORT, 'annotations is append-only: no row is changed'); END;
CREATE TRIGGER annotations_refuses_delete BEFORE DELETE ON annotations BEGIN SELECT RAISE(ABORT, 'annotations is append-only: no row is changed'); END;
CREATE TRIGGER annotations_refuses_replace BEFORE INSERT ON annotations WHEN EXISTS (SELECT 1 FROM annotations WHERE (NEW.sequence = sequence) OR (NEW.id = id)) BEGIN SELECT RAISE(ABORT, 'annotations is append-only: no row is changed'); END;
CREATE TRIGGER maps_refuses_update BEFORE UPDATE ON maps BEGIN SELECT RAISE(ABORT, 'maps is append-only: no row is changed'); END;
CREATE TRIGGER maps_refuses_delete BEFORE DELETE ON maps BEGIN SELECT RAISE(ABORT, 'maps is append-only: no row is changed'); END;
CREATE TRIGGER maps_refuses_replace BEFORE INSERT ON maps WHEN EXISTS (SELECT 1 FROM maps WHERE (NEW.run_id = run_id AND NEW.position = position)) BEGIN SELECT RAISE(ABORT, 'maps is append-only: no row is changed'); END;
CREATE TRIGGER suggestion_runs_refuses_update BEFORE UPDATE ON suggestion_runs BEGIN SELECT RAISE(ABORT, 'suggestion_runs is append-only: no row is changed'); END;
CREATE TRIGGER suggestion_runs_refuses_delete BEFORE DELETE ON suggestion_runs BEGIN SELECT RAISE(ABORT, 'suggestion_runs is append-only: no row is changed'); END;
CREATE TRIGGER suggestion_runs_refuses_replace BEFORE INSERT ON suggestion_runs WHEN EXISTS (SELECT 1 FROM suggestion_runs WHERE (NEW.sequence = sequence) OR (NEW.id = id)) BEGIN SELECT RAISE(ABORT, 'suggestion_runs is append-only: no row is changed'); END;
CREATE TRIGGER suggestions_refuses_update BEFORE UPDATE ON suggestions BEGIN SELECT RAISE(ABORT, 'suggestions is append-only: no row is changed'); END;
CREATE TRIGGER suggestions_refuses_delete BEFORE DELETE ON suggestions BEGIN SELECT RAISE(ABORT, 'suggestions is append-only: no row is changed'); END;
CREATE TRIGGER suggestions_refuses_replace BEFORE INSERT ON suggestions WHEN EXISTS (SELECT 1 FROM suggestions WHERE (NEW.id = id) OR (NEW.run_id = run_id AND NEW.position = position)) BEGIN SELECT RAISE(ABORT, 'suggestions is append-only: no row is changed'); END;
CREATE INDEX ix_events_row_id ON events (row_id);
CREATE INDEX ix_signatures_reading_id_sequence ON signatures (reading_id, sequence);
CREATE INDEX ix_assignments_project_id_rater_id_state_position ON assignments (project_id, rater_id, state, position);
CREATE INDEX ix_label_values_image_id_label_sequence ON label_values (image_id, label, sequence);
CREATE INDEX ix_remarks_image_id_sequence ON remarks (image_id, sequence);
CREATE INDEX ix_remarks_addressee_id ON remarks (addressee_id);
CREATE INDEX ix_remarks_answers ON remarks (answers);
CREATE INDEX ix_image_states_project_id_decided_skipped_position ON image_states (project_id, decided, skipped, position);
CREATE INDEX ix_image_states_project_id_assigned_position ON image_states (project_id, assigned, position);
CREATE INDEX ix_image_states_project_id_position ON image_states (project_id, position);
CREATE TRIGGER events_refuses_update BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'events is append-only: no row is changed'); END;
CREATE TRIGGER events_refuses_delete BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'events is append-only: no row is changed'); END;
CREATE TRIGGER events_refuses_replace BEFORE INSERT ON events WHEN EXISTS (SELECT 1 FROM events WHERE (NEW.chain = chain AND NEW.number = number)) BEGIN SELECT RAISE(ABORT, 'events is append-only: no row is changed'); END;
CREATE TRIGGER images_refuses_update BEFORE UPDATE ON images BEGIN SELECT RAISE(ABORT, 'images is append-only: no row is changed'); END;
CREATE TRIGGER images_refuses_delete BEFORE DELETE ON images BEGIN SELECT RAISE(ABORT, 'images is append-only: no row is changed'); END;
CREATE TRIGGER images_refuses_replace BEFORE INSERT ON images WHEN EXISTS (SELECT 1 FROM images WHERE (NEW.id = id) OR (NEW.project_id = project_id AND NEW.position = position) OR (NEW.project_id = project_id AND NEW.pixels_sha256 = pixels_sha256)) BEGIN SELECT RAISE(ABORT, 'images is append-only: no row is changed'); END;
CREATE TRIGGER label_values_refuses_update BEFORE UPDATE ON label_values BEGIN SELECT RAISE(ABORT, 'label_values is append-only: no row is changed'); END;
CREATE TRIGGER label_values_refuses_delete BEFORE DELETE ON label_values BEGIN SELECT RAISE(ABORT, 'label_values is append-only: no row is changed'); END;
CREATE TRIGGER label_values_refuses_replace BEFORE INSERT ON label_values WHEN EXISTS (SELECT 1 FROM label_values WHERE (NEW.sequence = sequence) OR (NEW.id = id)) BEGIN SELECT RAISE(ABORT, 'label_values is append-only: no row is changed'); END;
CREATE TRIGGER project_labels_refuses_update BEFORE UPDATE ON project_labels BEGIN SELECT RAISE(ABORT, 'project_labels is append-only: no row is changed'); END;
CREATE TRIGGER project_labels_refuses_delete BEFORE DELETE ON project_labels BEGIN SELECT RAISE(ABORT, 'project_labels is append-only: no row is changed'); END;
CREATE TRIGGER project_labels_refuses_replace BEFORE INSERT ON project_labels WHEN EXISTS (SELECT 1 FROM project_labels WHERE (NEW.project_id = project_id AND NEW.code = code) OR (NEW.project_id = project_id AND NEW.position = position)) BEGIN SELECT RAISE(ABORT, 'project_labels is append-only: no row is changed'); END;
CREATE TRIGGER raters_refuses_update BEFORE UPDATE ON raters BEGIN SELECT RAISE(ABORT, 'raters is append-only: no row is changed'); END;
CREATE TRIGGER raters_refuses_delete BEFORE DELETE ON raters BEGIN SELECT RAISE(ABORT, 'raters is append-only: no row is changed'); END;
CREATE TRIGGER raters_refuses_replace BEFORE INSERT ON raters WHEN EXISTS (SELECT 1 FROM raters WHERE (NEW.id = id) OR (NEW.name = name)) BEGIN SELECT RAISE(ABORT, 'raters is append-only: no row is changed'); END;
CREATE TRIGGER readings_refuses_update BEFORE UPDATE ON readings BEGIN SELECT RAISE(ABORT, 'readings is append-only: no row is changed'); END;
CREATE TRIGGER readings_refuses_delete BEFORE DELETE ON readings BEGIN SELECT RAISE(ABORT, 'readings is append-only: no row is changed'); END;
CREATE TRIGGER readings_refuses_replace BEFORE INSERT ON readings WHEN EXISTS (SELECT 1 FROM readings WHERE (NEW.id = id) OR (NEW.image_id = image_id AND NEW.rater_id = rater_id AND NEW.round = round)) BEGIN SELECT RAISE(ABORT, 'readings is append-only: no row is changed'); END;
CREATE TRIGGER record_identity_refuses_update BEFORE UPDATE ON record_identity BEGIN SELECT RAISE(ABORT, 'record_identity is append-only: no row is changed'); END;
CREATE TRIGGER record_identity_refuses_delete BEFORE DELETE ON record_identity BEGIN SELECT RAISE(ABORT, 'record_identity is append-only: no row is changed'); END;
CREATE TRIGGER record_identity_refuses_replace BEFORE INSERT ON record_identity WHEN EXISTS (SELECT 1 FROM record_identity WHERE (NEW.number = number)) BEGIN SELECT RAISE(ABORT, 'record_identity is append-only: no row is changed'); END;
CREATE TRIGGER remarks_refuses_update BEFORE UPDATE ON remarks BEGIN SELECT RAISE(ABORT, 'remarks is append-only: no row is changed'); END;
CREATE TRIGGER remarks_refuses_delete BEFORE DELETE ON remarks BEGIN SELECT RAISE(ABORT, 'remarks is append-only: no row is changed'); END;
CREATE TRIGGER remarks_refuses_replace BEFORE INSERT ON remarks WHEN EXISTS (SELECT 1 FROM remarks WHERE (NEW.sequence = sequence) OR (NEW.id = id)) BEGIN SELECT RAISE(ABORT, 'remarks is append-only: no row is changed'); END;
CREATE TRIGGER signatures_refuses_update BEFORE UPDATE ON signatures BEGIN SELECT RAISE(ABORT, 'signatures is append-only: no row is changed'); END;
CREATE TRIGGER signatures_refuses_delete BEFORE DELETE ON signatures BEGIN SELECT RAISE(ABORT, 'signatures is append-only: no row is changed'); END;
CREATE TRIGGER signatures_refuses_replace BEFORE INSERT ON signatures WHEN EXISTS (SELECT 1 FROM signatures WHERE (NEW.sequence = sequence) OR (NEW.id = id)) BEGIN SELECT RAISE(ABORT, 'signatures is append-only: no row is changed'); END;
CREATE TRIGGER subjects_refuses_update BEFORE UPDATE ON subjects BEGIN SELECT RAISE(ABORT, 'subjects is append-only: no row is changed'); END;
CREATE TRIGGER subjects_refuses_delete BEFORE DELETE ON subjects BEGIN SELECT RAISE(ABORT, 'subjects is append-only: no row is changed'); END;
CREATE TRIGGER subjects_refuses_replace BEFORE INSERT ON subjects WHEN EXISTS (SELECT 1 FROM subjects WHERE (NEW.id = id) OR (NEW.project_id = project_id AND NEW.pseudonym = pseudonym)) BEGIN SELECT RAISE(ABORT, 'subjects is append-only: no row is changed'); END;
CREATE INDEX ix_role_grants_account_id_sequence ON role_grants (account_id, sequence);
CREATE INDEX ix_sign_in_sessions_account_id ON sign_in_sessions (account_id);
CREATE TRIGGER role_grants_refuses_update BEFORE UPDATE ON role_grants BEGIN SELECT RAISE(ABORT, 'role_grants is append-only: no row is changed'); END;
CREATE TRIGGER role_grants_refuses_delete BEFORE DELETE ON role_grants BEGIN SELECT RAISE(ABORT, 'role_grants is append-only: no row is changed'); END;
CREATE TRIGGER role_grants_refuses_replace BEFORE INSERT ON role_grants WHEN EXISTS (SELECT 1 FROM role_grants WHERE (NEW.sequence = sequence) OR (NEW.id = id)) BEGIN SELECT RAISE(ABORT, 'role_grants is append-only: no row is changed'); END;
CREATE INDEX ix_images_project_id_source_sha256_frame ON images (project_id, source_sha256, frame);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('suggestion_runs',2);
INSERT INTO "sqlite_sequence" VALUES('annotations',8);
INSERT INTO "sqlite_sequence" VALUES('remarks',4);
INSERT INTO "sqlite_sequence" VALUES('label_values',2);
INSERT INTO "sqlite_sequence" VALUES('signatures',3);
INSERT INTO "sqlite_sequence" VALUES('role_grants',1);
COMMIT;
