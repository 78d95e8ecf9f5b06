CREATE FUNCTION public.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ BEGIN RAISE EXCEPTION '% is append-only: no row is changed', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; END $$;
CREATE TABLE public.accounts (
    id uuid NOT NULL,
    name character varying NOT NULL,
    key character varying NOT NULL,
    password character varying,
    subject character varying,
    active boolean NOT NULL,
    created_at timestamp with time zone NOT NULL
);
CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.annotations (
    sequence bigint NOT NULL,
    id uuid NOT NULL,
    image_id uuid NOT NULL,
    region_id uuid NOT NULL,
    rater_id uuid NOT NULL,
    decision character varying NOT NULL,
    label character varying NOT NULL,
    region json NOT NULL,
    derived_from uuid,
    supersedes uuid,
    created_at timestamp with time zone NOT NULL,
    reading_id uuid,
    CONSTRAINT ck_annotations_ck_annotations_decision CHECK (((decision)::text = ANY ((ARRAY['accepted'::character varying, 'edited'::character varying, 'rejected'::character varying, 'added'::character varying, 'undecided'::character varying, 'withdrawn'::character varying])::text[])))
);
ALTER TABLE public.annotations ALTER COLUMN sequence ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.annotations_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.assignments (
    id uuid NOT NULL,
    project_id uuid NOT NULL,
    image_id uuid NOT NULL,
    rater_id uuid NOT NULL,
    "position" integer NOT NULL,
    state character varying NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT ck_assignments_ck_assignments_state CHECK (((state)::text = ANY ((ARRAY['open'::character varying, 'skipped'::character varying, 'done'::character varying, 'withdrawn'::character varying])::text[])))
);
CREATE TABLE public.events (
    chain uuid NOT NULL,
    number bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    actor character varying NOT NULL,
    kind character varying NOT NULL,
    row_table character varying,
    row_id uuid,
    digest character varying,
    parts json,
    before json,
    after json,
    reason character varying NOT NULL,
    previous_hash character varying NOT NULL,
    hash character varying NOT NULL
);
CREATE TABLE public.image_states (
    image_id uuid NOT NULL,
    project_id uuid NOT NULL,
    "position" integer NOT NULL,
    run bigint,
    suggested integer NOT NULL,
    settled integer NOT NULL,
    claims integer NOT NULL,
    undecided integer NOT NULL,
    acts integer NOT NULL,
    assigned integer NOT NULL,
    signed integer NOT NULL,
    adjudicated boolean NOT NULL,
    flagged boolean NOT NULL,
    skipped boolean NOT NULL,
    decided boolean NOT NULL
);
CREATE TABLE public.images (
    id uuid NOT NULL,
    project_id uuid NOT NULL,
    "position" integer NOT NULL,
    file_name character varying NOT NULL,
    width integer NOT NULL,
    height integer NOT NULL,
    pixels_sha256 character varying NOT NULL,
    source_sha256 character varying NOT NULL,
    modality character varying NOT NULL,
    bits integer NOT NULL,
    channels integer NOT NULL,
    window_black double precision,
    window_white double precision,
    created_at timestamp with time zone NOT NULL,
    subject_id uuid,
    frame integer,
    display json,
    CONSTRAINT ck_images_ck_images_size CHECK (((width > 0) AND (height > 0)))
);
CREATE TABLE public.label_values (
    sequence bigint NOT NULL,
    id uuid NOT NULL,
    image_id uuid NOT NULL,
    rater_id uuid NOT NULL,
    reading_id uuid,
    created_at timestamp with time zone NOT NULL,
    label character varying NOT NULL,
    value character varying NOT NULL,
    intensity character varying,
    side character varying,
    supersedes uuid,
    CONSTRAINT ck_label_values_ck_label_values_value CHECK (((value)::text = ANY ((ARRAY['present'::character varying, 'absent'::character varying, 'uncertain'::character varying, 'not_assessed'::character varying, 'not_assessable'::character varying])::text[])))
);
ALTER TABLE public.label_values ALTER COLUMN sequence ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.label_values_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.maps (
    run_id uuid NOT NULL,
    "position" integer NOT NULL,
    label character varying NOT NULL,
    against character varying NOT NULL,
    layer character varying NOT NULL,
    explained_mass double precision NOT NULL,
    grid_height integer NOT NULL,
    grid_width integer NOT NULL,
    grid bytea NOT NULL,
    extent json NOT NULL,
    CONSTRAINT ck_maps_ck_maps_explained_mass CHECK (((explained_mass >= (0)::double precision) AND (explained_mass <= (1)::double precision))),
    CONSTRAINT ck_maps_ck_maps_grid CHECK ((length(grid) = ((4 * grid_height) * grid_width)))
);
CREATE TABLE public.project_labels (
    project_id uuid NOT NULL,
    code character varying NOT NULL,
    "position" integer NOT NULL,
    scheme character varying NOT NULL,
    meaning character varying NOT NULL
);
CREATE TABLE public.projects (
    id uuid NOT NULL,
    name character varying NOT NULL,
    settings json NOT NULL,
    created_at timestamp with time zone NOT NULL,
    signatures_needed integer DEFAULT 0 NOT NULL
);
CREATE TABLE public.raters (
    id uuid NOT NULL,
    name character varying NOT NULL,
    created_at timestamp with time zone NOT NULL
);
CREATE TABLE public.readings (
    id uuid NOT NULL,
    project_id uuid NOT NULL,
    image_id uuid NOT NULL,
    rater_id uuid NOT NULL,
    round character varying NOT NULL,
    arm character varying NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    CONSTRAINT ck_readings_ck_readings_round CHECK (((round)::text = ANY ((ARRAY['first'::character varying, 'revealed'::character varying, 'adjudication'::character varying])::text[])))
);
CREATE TABLE public.record_identity (
    number integer NOT NULL,
    id uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT ck_record_identity_ck_record_identity_number CHECK ((number = 1))
);
CREATE TABLE public.remarks (
    sequence bigint NOT NULL,
    id uuid NOT NULL,
    image_id uuid NOT NULL,
    rater_id uuid NOT NULL,
    reading_id uuid,
    created_at timestamp with time zone NOT NULL,
    kind character varying NOT NULL,
    text character varying NOT NULL,
    region_id uuid,
    answers uuid,
    addressee_id uuid,
    CONSTRAINT ck_remarks_ck_remarks_kind CHECK (((kind)::text = ANY ((ARRAY['note'::character varying, 'flag'::character varying, 'unflag'::character varying, 'skip'::character varying, 'unskip'::character varying, 'issue'::character varying, 'reply'::character varying, 'resolved'::character varying])::text[])))
);
ALTER TABLE public.remarks ALTER COLUMN sequence ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.remarks_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.role_grants (
    sequence bigint NOT NULL,
    id uuid NOT NULL,
    account_id uuid NOT NULL,
    project_id uuid,
    role character varying NOT NULL,
    granted boolean NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT ck_role_grants_ck_role_grants_role CHECK (((role)::text = ANY ((ARRAY['rater'::character varying, 'reviewer'::character varying, 'adjudicator'::character varying, 'manager'::character varying, 'admin'::character varying])::text[])))
);
ALTER TABLE public.role_grants ALTER COLUMN sequence ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.role_grants_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.sign_in_links (
    token_sha256 character varying NOT NULL,
    account_id uuid,
    expires_at timestamp with time zone NOT NULL
);
CREATE TABLE public.sign_in_sessions (
    token_sha256 character varying NOT NULL,
    account_id uuid NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    ended boolean NOT NULL
);
CREATE TABLE public.sign_in_tries (
    key_sha256 character varying NOT NULL,
    failures integer NOT NULL,
    barred_until timestamp with time zone NOT NULL
);
CREATE TABLE public.signatures (
    sequence bigint NOT NULL,
    id uuid NOT NULL,
    reading_id uuid NOT NULL,
    act character varying NOT NULL,
    reason character varying NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT ck_signatures_ck_signatures_act CHECK (((act)::text = ANY ((ARRAY['signed'::character varying, 'reopened'::character varying])::text[])))
);
ALTER TABLE public.signatures ALTER COLUMN sequence ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.signatures_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.subjects (
    id uuid NOT NULL,
    project_id uuid NOT NULL,
    pseudonym character varying NOT NULL,
    created_at timestamp with time zone NOT NULL
);
CREATE TABLE public.suggestion_runs (
    sequence bigint NOT NULL,
    id uuid NOT NULL,
    image_id uuid NOT NULL,
    model_name character varying NOT NULL,
    model_version character varying NOT NULL,
    model_sha256 character varying NOT NULL,
    method character varying NOT NULL,
    parameters json NOT NULL,
    code_version character varying NOT NULL,
    scores json NOT NULL,
    notices json NOT NULL,
    face json,
    created_at timestamp with time zone NOT NULL
);
ALTER TABLE public.suggestion_runs ALTER COLUMN sequence ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.suggestion_runs_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.suggestions (
    id uuid NOT NULL,
    run_id uuid NOT NULL,
    "position" integer NOT NULL,
    label character varying NOT NULL,
    region json NOT NULL,
    score double precision NOT NULL,
    strength double precision NOT NULL,
    against character varying NOT NULL,
    explained_mass double precision NOT NULL,
    CONSTRAINT ck_suggestions_ck_suggestions_explained_mass CHECK (((explained_mass >= (0)::double precision) AND (explained_mass <= (1)::double precision))),
    CONSTRAINT ck_suggestions_ck_suggestions_score CHECK (((score >= (0)::double precision) AND (score <= (1)::double precision))),
    CONSTRAINT ck_suggestions_ck_suggestions_strength CHECK (((strength >= (0)::double precision) AND (strength <= (1)::double precision)))
);
INSERT INTO public.accounts VALUES ('274beaf5-1f55-4a8c-a147-55c2f9ec5f60', 'Eve', 'eve', NULL, NULL, true, '2026-11-28 18:48:28.206884+00');
INSERT INTO public.accounts VALUES ('cc5825d6-407a-46a0-a681-b3f67042a2d6', 'Ada', 'ada', NULL, NULL, true, '2026-11-28 18:48:28.206884+00');
INSERT INTO public.alembic_version VALUES ('0004');
INSERT INTO public.annotations OVERRIDING SYSTEM VALUE VALUES (1, 'd51426c7-ae5d-4e55-a767-aa4a0b9095e9', '7a40de44-7809-4019-aa92-dbc340dde068', 'edce7f24-e4de-4a8d-ae76-ab2272509704', 'cddd5056-0553-4997-8564-cd33797353de', 'accepted', 'happy', '{"type": "box", "x": 10.25, "y": 20, "width": 30, "height": 40}', 'edce7f24-e4de-4a8d-ae76-ab2272509704', NULL, '2026-11-28 18:48:28.555715+00', '10ab869c-aa09-4388-a74d-258745e4878d');
INSERT INTO public.annotations OVERRIDING SYSTEM VALUE VALUES (2, 'b4267498-62c0-4355-8247-676f4a1bc245', '7a40de44-7809-4019-aa92-dbc340dde068', 'c010884b-8070-4647-946f-112e0502702a', 'cddd5056-0553-4997-8564-cd33797353de', 'edited', 'happy', '{"type": "box", "x": 1, "y": 2, "width": 3, "height": 4}', 'c010884b-8070-4647-946f-112e0502702a', NULL, '2026-11-28 18:48:28.555715+00', '10ab869c-aa09-4388-a74d-258745e4878d');
INSERT INTO public.annotations OVERRIDING SYSTEM VALUE VALUES (3, '6eb7bc6c-ad6a-4a66-9666-4674dbe6bd54', 'd34376fd-edac-465a-8a49-4ea23518d0f6', 'c7688e4f-a3ea-4275-8898-eecd3e42c7a7', 'c3373c7a-7753-407e-a64f-6fdd68225e0e', 'added', 'happy', '{"type": "box", "x": 1.5, "y": 2.25, "width": 30, "height": 40.125}', NULL, NULL, '2026-11-28 18:48:28.597981+00', '8b896fb0-257d-4ac4-8663-0d406d3a3741');
INSERT INTO public.annotations OVERRIDING SYSTEM VALUE VALUES (4, '0d13e2a8-f247-4c35-8049-5cbc440feffc', 'd34376fd-edac-465a-8a49-4ea23518d0f6', 'c7688e4f-a3ea-4275-8898-eecd3e42c7a7', 'c3373c7a-7753-407e-a64f-6fdd68225e0e', 'undecided', 'happy', '{"type": "box", "x": 1.5, "y": 2.25, "width": 30, "height": 40.125}', NULL, '6eb7bc6c-ad6a-4a66-9666-4674dbe6bd54', '2026-11-28 18:48:28.597981+00', '8b896fb0-257d-4ac4-8663-0d406d3a3741');
INSERT INTO public.annotations OVERRIDING SYSTEM VALUE VALUES (5, '9cbc94dc-0c66-4a54-affa-0e821d68bfb8', 'e4c6e042-5a30-4a66-9055-76a3e5aabf72', '2a4f1a0b-bfd3-4bd1-91ca-b23ab8c0caa8', 'cddd5056-0553-4997-8564-cd33797353de', 'edited', 'happy', '{"type": "box", "x": 5, "y": 6, "width": 7, "height": 8.5}', '2a4f1a0b-bfd3-4bd1-91ca-b23ab8c0caa8', NULL, '2026-11-28 18:48:28.799177+00', 'b9ad4667-85b3-4fd9-a50e-af4a102446f7');
INSERT INTO public.annotations OVERRIDING SYSTEM VALUE VALUES (6, '740c2dd3-332c-461d-92c5-af8249a218d0', 'e4c6e042-5a30-4a66-9055-76a3e5aabf72', '2a4f1a0b-bfd3-4bd1-91ca-b23ab8c0caa8', 'cddd5056-0553-4997-8564-cd33797353de', 'rejected', 'happy', '{"type": "box", "x": 5, "y": 6, "width": 7, "height": 8.5}', '2a4f1a0b-bfd3-4bd1-91ca-b23ab8c0caa8', '9cbc94dc-0c66-4a54-affa-0e821d68bfb8', '2026-11-28 18:48:28.799177+00', 'b9ad4667-85b3-4fd9-a50e-af4a102446f7');
INSERT INTO public.annotations OVERRIDING SYSTEM VALUE VALUES (7, '8ccdba3b-457f-4dc5-a3f9-33e0195272ab', 'e4c6e042-5a30-4a66-9055-76a3e5aabf72', '2a4f1a0b-bfd3-4bd1-91ca-b23ab8c0caa8', 'c3373c7a-7753-407e-a64f-6fdd68225e0e', 'edited', 'happy', '{"type": "box", "x": 5, "y": 6, "width": 7, "height": 8.5}', '2a4f1a0b-bfd3-4bd1-91ca-b23ab8c0caa8', NULL, '2026-11-28 18:48:29.0869+00', 'a296c96c-df91-4547-8e0f-6539925e8e3d');
INSERT INTO public.annotations OVERRIDING SYSTEM VALUE VALUES (8, '31664748-28ea-454b-952b-70bc75b2a25d', 'e4c6e042-5a30-4a66-9055-76a3e5aabf72', '2a4f1a0b-bfd3-4bd1-91ca-b23ab8c0caa8', 'c3373c7a-7753-407e-a64f-6fdd68225e0e', 'rejected', 'happy', '{"type": "box", "x": 5, "y": 6, "width": 7, "height": 8.5}', '2a4f1a0b-bfd3-4bd1-91ca-b23ab8c0caa8', '8ccdba3b-457f-4dc5-a3f9-33e0195272ab', '2026-11-28 18:48:29.0869+00', 'a296c96c-df91-4547-8e0f-6539925e8e3d');
INSERT INTO public.assignments VALUES ('4a1483d3-8e67-44d9-a675-9af3fbe8982a', 'ca71644a-4b26-475b-a055-f832f53e6b5e', 'b9ece465-5964-45d3-86e4-0c300a9e9f99', 'cddd5056-0553-4997-8564-cd33797353de', 1, 'open', '2026-11-28 18:48:29.304265+00');
INSERT INTO public.assignments VALUES ('5fce0b59-bbc4-4210-82b4-915605c5f09f', 'ca71644a-4b26-475b-a055-f832f53e6b5e', 'b9ece465-5964-45d3-86e4-0c300a9e9f99', 'c3373c7a-7753-407e-a64f-6fdd68225e0e', 1, 'withdrawn', '2026-11-28 18:48:29.304271+00');
INSERT INTO public.assignments VALUES ('6da58a5f-4c69-4c00-8ec0-af6157d59a73', 'ca71644a-4b26-475b-a055-f832f53e6b5e', 'e4c6e042-5a30-4a66-9055-76a3e5aabf72', 'c3373c7a-7753-407e-a64f-6fdd68225e0e', 0, 'done', '2026-11-28 18:48:29.035966+00');
INSERT INTO public.assignments VALUES ('8191bb5f-aed8-4e4e-8c09-46ff804cc503', 'ca71644a-4b26-475b-a055-f832f53e6b5e', 'e4c6e042-5a30-4a66-9055-76a3e5aabf72', 'cddd5056-0553-4997-8564-cd33797353de', 0, 'open', '2026-11-28 18:48:28.761962+00');
INSERT INTO public.events VALUES ('00000000-0000-0000-0000-000000000000', 1, '2026-11-28 18:48:28.58766+00', 'Ada', 'rater added', 'raters', 'cddd5056-0553-4997-8564-cd33797353de', '13831e81393459a52ef3952fcd1d18645bd5bcc9f670513dec4f0279fca3c683', NULL, NULL, NULL, '', '0000000000000000000000000000000000000000000000000000000000000000', '842697943fb754fd1b14543f54539dbfbb7d81f94d41bba4e5c6ecb6d68d30e7');
INSERT INTO public.events VALUES ('00000000-0000-0000-0000-000000000000', 2, '2026-11-28 18:48:28.631046+00', 'Béla', 'rater added', 'raters', 'c3373c7a-7753-407e-a64f-6fdd68225e0e', '690d8a7419e978a08509d32656ad228406db543afc8152f2048e14a8ba5ad7a4', NULL, NULL, NULL, '', '842697943fb754fd1b14543f54539dbfbb7d81f94d41bba4e5c6ecb6d68d30e7', '5f5a4f4709655db63b2431907e6648d8d228d00a66b6de7a4b98144b526c49e9');
INSERT INTO public.events VALUES ('00000000-0000-0000-0000-000000000000', 3, '2026-11-28 18:48:29.43836+00', 'setup', 'account created', 'accounts', '274beaf5-1f55-4a8c-a147-55c2f9ec5f60', 'eeea16bedb3fda7d65f54bbb9872fbed9ab188aa1de3b0d0957434fb0e2717d1', NULL, NULL, '{"name": "Eve", "active": true, "password": false, "subject": false}', '', '5f5a4f4709655db63b2431907e6648d8d228d00a66b6de7a4b98144b526c49e9', '8a155a6e7f9fd4be86dfc730d75832f7def731d8c4f4f68cc828f6e83763d2e3');
INSERT INTO public.events VALUES ('00000000-0000-0000-0000-000000000000', 4, '2026-11-28 18:48:29.43836+00', 'setup', 'role given', 'role_grants', 'f816f33a-b5cd-4138-bce1-b1325364574a', '22c819e39687f74881f65e876227e6e84819f00f02e6ca6f6ab4edd98c3c17d7', NULL, NULL, '{"name": "Eve", "role": "admin"}', '', '8a155a6e7f9fd4be86dfc730d75832f7def731d8c4f4f68cc828f6e83763d2e3', '297bf6617b941cb8a4f8ce45c4463269c173e4716c0024e82a2009aa7202badd');
INSERT INTO public.events VALUES ('00000000-0000-0000-0000-000000000000', 5, '2026-11-28 18:48:29.46717+00', 'Eve', 'account created', 'accounts', 'cc5825d6-407a-46a0-a681-b3f67042a2d6', '17ca88a569b0a40f0d5d3201afab107c3abef2d7327228c8aa5914e0d92a0987', NULL, NULL, '{"name": "Ada", "active": true, "password": false, "subject": false}', '', '297bf6617b941cb8a4f8ce45c4463269c173e4716c0024e82a2009aa7202badd', 'a51ed38634d572a4f30f337fffabae1df0437b023ae17be615819ffd69ddd99a');
INSERT INTO public.events VALUES ('65e2f259-1799-4754-93d9-2f837d734c08', 1, '2026-11-28 18:48:28.346274+00', 'Eve', 'project created', 'projects', '65e2f259-1799-4754-93d9-2f837d734c08', 'c84bdbcb54a396a788e57ef1a2f402d551fd3d5c8dd6ef77630eafb03f79b283', '{"project_labels": ["b27c52b145f6b11e54c1f90ddab3e4e800abe3b26ce4ad2b6b1fecd5eb90c84b", "7f301cca2c84c26a80fbf5e9c903afc99a2493e65ad8370b239661e938a4caf5"]}', NULL, '{"name": "open", "settings": {"model_name": "face-expression", "contrast": "dual", "suggestion_geometry": "box", "protocol": {"mode": "suggestions-first", "arms": [], "seed": "", "readers": 1, "assignment": "open", "adjudication": "none"}}}', '', '0000000000000000000000000000000000000000000000000000000000000000', '6bf980c5f793acc2090ce94bcc5a502628a916f64136bdceb432ed85618b6f10');
INSERT INTO public.events VALUES ('65e2f259-1799-4754-93d9-2f837d734c08', 2, '2026-11-28 18:48:28.382444+00', 'Eve', 'subject added', 'subjects', '8f766c24-90d7-49ff-bd20-78478f47ced9', 'ccddc6bcd4e33d6a95e360c0ba5b91de6b19295d20b96bc12ed07742dc60fdac', NULL, NULL, NULL, '', '6bf980c5f793acc2090ce94bcc5a502628a916f64136bdceb432ed85618b6f10', '66ef43d7f1bdee2f62b0b10e11b8a522a5949158d0b10acc105974ba791ad301');
INSERT INTO public.events VALUES ('65e2f259-1799-4754-93d9-2f837d734c08', 3, '2026-11-28 18:48:28.382444+00', 'Eve', 'image added', 'images', '7a40de44-7809-4019-aa92-dbc340dde068', '4aa9f11038e6a197042e350cd260181ac7d25a7dc60ff2dd133e829704eff909', NULL, NULL, NULL, '', '66ef43d7f1bdee2f62b0b10e11b8a522a5949158d0b10acc105974ba791ad301', 'a033d6e1a787de1de351a381991171dcf6fee5a591acd89f20d320afc1fe8ce8');
INSERT INTO public.events VALUES ('65e2f259-1799-4754-93d9-2f837d734c08', 4, '2026-11-28 18:48:28.382444+00', 'Eve', 'image added', 'images', 'd34376fd-edac-465a-8a49-4ea23518d0f6', '5c4406d6822808299ec1aa6ac4965060a7809cfa9faa8dd82016bf244d45323a', NULL, NULL, NULL, '', 'a033d6e1a787de1de351a381991171dcf6fee5a591acd89f20d320afc1fe8ce8', '5d72f2d61d627447fc39c3f7ae356607db50f532811f88ee5fe2d63e2001bab7');
INSERT INTO public.events VALUES ('65e2f259-1799-4754-93d9-2f837d734c08', 5, '2026-11-28 18:48:28.382444+00', 'Eve', 'image added', 'images', '7db45573-69a5-42f8-89f5-058a83b40a71', 'bff3e98e29c9f5e10e82b53a97bd9cd08882c6b019e5134e52a77d10ea90171e', NULL, NULL, NULL, '', '5d72f2d61d627447fc39c3f7ae356607db50f532811f88ee5fe2d63e2001bab7', 'f4e2be6c4f05968b29130433bb9052c9288688bc1e12d7a2d233abf6e049df14');
INSERT INTO public.events VALUES ('65e2f259-1799-4754-93d9-2f837d734c08', 6, '2026-11-28 18:48:28.544245+00', 'Eve', 'suggestions recorded', 'suggestion_runs', '5835aaab-9c02-4d4c-b031-5105c0083bd3', '5fb15ba5466864ce093b85a835b150bf93b8f6ff7ccd3bb262df44715381d635', '{"suggestions": ["154d4f37b04fd1f6507ca260379998c843a1fb3d2f3971d14392af6a3ca9667d", "921adca0e761bf4938f1e4e8da0c22b90d5de4ba6859e5f39efff292c2032804"], "maps": ["f59c29e4c2360e8a3941d8c7cb3b00eaed0fbe26fd2ac12680fa6deaaaeae7c2", "756786f37880d7f806c30a591084ce78ea5cfd05cd835109aed3e19723710602"]}', NULL, NULL, '', 'f4e2be6c4f05968b29130433bb9052c9288688bc1e12d7a2d233abf6e049df14', '636e3e0d72f63ae36456d0772eca5bada8bdea50864be2ec267c70d53125a132');
INSERT INTO public.events VALUES ('65e2f259-1799-4754-93d9-2f837d734c08', 7, '2026-11-28 18:48:28.588587+00', 'Ada', 'reading opened', 'readings', '10ab869c-aa09-4388-a74d-258745e4878d', '17ef6e355fac8d99b613780966e79126445f705f60b711f7c9eff9c0f1fcdee0', NULL, NULL, NULL, '', '636e3e0d72f63ae36456d0772eca5bada8bdea50864be2ec267c70d53125a132', '41d6ad7486efda31809968bc2f8045dd63fbe2055bfa829e97fe4a9d65cd8be2');
INSERT INTO public.events VALUES ('65e2f259-1799-4754-93d9-2f837d734c08', 8, '2026-11-28 18:48:28.588587+00', 'Ada', 'annotation', 'annotations', 'd51426c7-ae5d-4e55-a767-aa4a0b9095e9', '52b839d34107a91805689a1312cccdcd84e529410aea7a93201c966c5224f284', NULL, NULL, NULL, '', '41d6ad7486efda31809968bc2f8045dd63fbe2055bfa829e97fe4a9d65cd8be2', 'ade418461668513e90fa6087e07fe33d97fdd6dd5b4f7226f5730aaedd922098');
INSERT INTO public.events VALUES ('65e2f259-1799-4754-93d9-2f837d734c08', 9, '2026-11-28 18:48:28.588587+00', 'Ada', 'annotation', 'annotations', 'b4267498-62c0-4355-8247-676f4a1bc245', 'efb149a4bc44e6c5398e418e93b33dca8dafa9edb70df1e0be64326ad3419ad0', NULL, NULL, NULL, '', 'ade418461668513e90fa6087e07fe33d97fdd6dd5b4f7226f5730aaedd922098', '1af7720ed5f4856b2e9c9afff7814a1044f9de8b7ce81c2e900e220ea68e0c22');
INSERT INTO public.events VALUES ('65e2f259-1799-4754-93d9-2f837d734c08', 10, '2026-11-28 18:48:28.631961+00', 'Béla', 'reading opened', 'readings', '8b896fb0-257d-4ac4-8663-0d406d3a3741', '4320bf43e28191a0dc1efb1c7273442211b3c138380896fb8a4b2236e0f4adb2', NULL, NULL, NULL, '', '1af7720ed5f4856b2e9c9afff7814a1044f9de8b7ce81c2e900e220ea68e0c22', '75d823832f926bbd0c0c323d925ba504b0e5a98c8e43e9014fb99456f9fd1b40');
INSERT INTO public.events VALUES ('65e2f259-1799-4754-93d9-2f837d734c08', 11, '2026-11-28 18:48:28.631961+00', 'Ada', 'reading opened', 'readings', '4af113f3-fefc-4af3-82aa-908ae24ab71d', '61f52b10b17a1eaa2cc796ffc40a4212dd6f2ded908b8cc5a2ffa3868d39d2b9', NULL, NULL, NULL, '', '75d823832f926bbd0c0c323d925ba504b0e5a98c8e43e9014fb99456f9fd1b40', '1f365b5414875e35d266fa95eea96dedaad2fceef2ae187db7e762cee4de92e7');
INSERT INTO public.events VALUES ('65e2f259-1799-4754-93d9-2f837d734c08', 12, '2026-11-28 18:48:28.631961+00', 'Béla', 'annotation', 'annotations', '6eb7bc6c-ad6a-4a66-9666-4674dbe6bd54', 'c859ccb08a7315ea5bb188a3b1e5f682b1fea55cea3d6d31da1cfcbf9e35f82a', NULL, NULL, NULL, '', '1f365b5414875e35d266fa95eea96dedaad2fceef2ae187db7e762cee4de92e7', 'e0a1207bc8e33e86ad3e4666ac3d0335f99c85f551b6b2d1b8a913ced81d4f21');
INSERT INTO public.events VALUES ('65e2f259-1799-4754-93d9-2f837d734c08', 13, '2026-11-28 18:48:28.631961+00', 'Béla', 'annotation', 'annotations', '0d13e2a8-f247-4c35-8049-5cbc440feffc', '2454427353a9813349804b47d8f217afc8ff42940ae8001b618034bf8021f068', NULL, NULL, NULL, '', 'e0a1207bc8e33e86ad3e4666ac3d0335f99c85f551b6b2d1b8a913ced81d4f21', '69e1acb8561e1bfed6be38f7701c9d0ced62cf908dff8c2e3bfbdda883fd80d2');
INSERT INTO public.events VALUES ('65e2f259-1799-4754-93d9-2f837d734c08', 14, '2026-11-28 18:48:28.631961+00', 'Béla', 'remark', 'remarks', '3675779a-7d95-4929-a5d9-16e15d2e16db', '6aba396bc81463e27814ec88b7caf91d7891de938aaae0a0d156078b599b8bf5', NULL, NULL, NULL, '', '69e1acb8561e1bfed6be38f7701c9d0ced62cf908dff8c2e3bfbdda883fd80d2', 'fb6b1fc821c94093b7500d337469d9305f1bd4cdb9afb5f051b3ce0d2ff428d9');
INSERT INTO public.events VALUES ('65e2f259-1799-4754-93d9-2f837d734c08', 15, '2026-11-28 18:48:28.631961+00', 'Ada', 'remark', 'remarks', '0a141211-3b24-4aef-8c77-0b5b7828109e', '7326a3f5f1c2b43515a77e5aaff3325a63e78a0a4d4b54aa73b4a336dcdffc8a', NULL, NULL, NULL, '', 'fb6b1fc821c94093b7500d337469d9305f1bd4cdb9afb5f051b3ce0d2ff428d9', '497aebbfce100f7a6bf7c58d4a4a772f430cb5a54e0b36317577149ba4831feb');
INSERT INTO public.events VALUES ('ca71644a-4b26-475b-a055-f832f53e6b5e', 1, '2026-11-28 18:48:28.63949+00', 'Eve', 'project created', 'projects', 'ca71644a-4b26-475b-a055-f832f53e6b5e', 'ac9a3b781f1c05a7e75ccac3646c0b1572172f2a9c6faeff0a92e63000fe6bf4', '{"project_labels": ["fa46fe2fbec06dad6a885bd21b3fcec4557a24ef795b3e62fa9c92e02c84adb4", "5cae08250bff0d56cf7435fddce545f35cda53bd7f47afb5a1d2225dffe86fff"]}', NULL, '{"name": "study", "settings": {"model_name": null, "contrast": null, "suggestion_geometry": "box", "protocol": {"mode": "suggestions-first", "arms": [], "seed": "", "readers": 2, "assignment": "open", "adjudication": "none"}}}', '', '0000000000000000000000000000000000000000000000000000000000000000', 'aa8a7a97aa6a0b5861ac98183901f267d330d3bf3789f1bbf1f3a9f0b85e5cd0');
INSERT INTO public.events VALUES ('ca71644a-4b26-475b-a055-f832f53e6b5e', 2, '2026-11-28 18:48:28.654174+00', 'Eve', 'image added', 'images', 'e4c6e042-5a30-4a66-9055-76a3e5aabf72', '04abf60cc1a77208d8596cb454f87226d513cd5e263abf70cd980efa80994063', NULL, NULL, NULL, '', 'aa8a7a97aa6a0b5861ac98183901f267d330d3bf3789f1bbf1f3a9f0b85e5cd0', '5abb464d1bd59f717291e4c25b3b597c53ccae794955c971a315857dc0e56eb3');
INSERT INTO public.events VALUES ('ca71644a-4b26-475b-a055-f832f53e6b5e', 3, '2026-11-28 18:48:28.654174+00', 'Eve', 'image added', 'images', 'b9ece465-5964-45d3-86e4-0c300a9e9f99', '0063fb6d64893b990a515a4d3118dd9810aa8a6f29519f7073a954e2987ef602', NULL, NULL, NULL, '', '5abb464d1bd59f717291e4c25b3b597c53ccae794955c971a315857dc0e56eb3', 'ab2870d797cdf312fc1d4828f2f7a4c913ede926c896c0296bee56e8b025e977');
INSERT INTO public.events VALUES ('ca71644a-4b26-475b-a055-f832f53e6b5e', 4, '2026-11-28 18:48:28.678151+00', 'unstated', 'suggestions recorded', 'suggestion_runs', '8d0a0dc6-0fa8-4b3e-9855-900b4eae876d', 'e95c7414cd6303661c968c38bf0fd843c022ab78728ad643b619c96bd8381428', '{"suggestions": ["8f435bbf35fa977bf24f9113385618b47cab25f8a16d97cc9f95d37fee706bda", "8b9d6dcd5b676142822bc73ec585dcbc1e8c4a1eab70b2d3b8714735767e8dc0"], "maps": ["2ae6eabaa435a142b1590ee2c727878127d2e42678af7afd204c631952539617", "ae27a702a7c5ac323a88c3789f33efb58e6401a45f976dea004589e5412e0067"]}', NULL, NULL, '', 'ab2870d797cdf312fc1d4828f2f7a4c913ede926c896c0296bee56e8b025e977', '053d5fbe740b0806dcd10f209772c57ded19b7cff9385dfc1fde16e332c40f95');
INSERT INTO public.events VALUES ('ca71644a-4b26-475b-a055-f832f53e6b5e', 5, '2026-11-28 18:48:28.794806+00', 'Ada', 'assigned', 'assignments', '8191bb5f-aed8-4e4e-8c09-46ff804cc503', 'bd76e52afb87445af2e333083d0d9ab1f639e3d3deb65102eeccd276a75a1deb', NULL, NULL, NULL, '', '053d5fbe740b0806dcd10f209772c57ded19b7cff9385dfc1fde16e332c40f95', '6241642f0d50ba0428de16cc501977bb0dcdc54ec4601bc45eb1a1bbdeb096f5');
INSERT INTO public.events VALUES ('ca71644a-4b26-475b-a055-f832f53e6b5e', 6, '2026-11-28 18:48:28.794806+00', 'Ada', 'reading opened', 'readings', 'b9ad4667-85b3-4fd9-a50e-af4a102446f7', '493f6f37d9dda158a67179357a96e4244718d9724b245ae50bf962b7429149fd', NULL, NULL, NULL, '', '6241642f0d50ba0428de16cc501977bb0dcdc54ec4601bc45eb1a1bbdeb096f5', '78260803c9bb3025331656ff6a96378f143df70ed5ffa8f4b991b0d45de7da92');
INSERT INTO public.events VALUES ('ca71644a-4b26-475b-a055-f832f53e6b5e', 7, '2026-11-28 18:48:28.97914+00', 'Ada', 'annotation', 'annotations', '9cbc94dc-0c66-4a54-affa-0e821d68bfb8', '791a198738daaf01dec97fbdab8028ab1490dd89f132843abf9abd836dae0717', NULL, NULL, NULL, '', '78260803c9bb3025331656ff6a96378f143df70ed5ffa8f4b991b0d45de7da92', 'bbe26ec03dd4a9991cfd489b28cc2877f5ca964e1c7d55555a436f197a561c21');
INSERT INTO public.events VALUES ('ca71644a-4b26-475b-a055-f832f53e6b5e', 8, '2026-11-28 18:48:28.97914+00', 'Ada', 'annotation', 'annotations', '740c2dd3-332c-461d-92c5-af8249a218d0', '7d773d20a3dc87c028873490c76e84feb5a59d64c492ae6f5254fd45f110db48', NULL, NULL, NULL, '', 'bbe26ec03dd4a9991cfd489b28cc2877f5ca964e1c7d55555a436f197a561c21', '8be35885f406da66476a1a4f1212de0ff17fc73b0b2e752bf38f15ea642186db');
INSERT INTO public.events VALUES ('ca71644a-4b26-475b-a055-f832f53e6b5e', 9, '2026-11-28 18:48:28.97914+00', 'Ada', 'label value', 'label_values', 'f587c3c9-8b20-4685-b424-196da139f7b4', 'eb6dc1f3b2aca167cbbfb8ab56f441867dc5d1f306b2d57099086970894b9b2c', NULL, NULL, NULL, '', '8be35885f406da66476a1a4f1212de0ff17fc73b0b2e752bf38f15ea642186db', '7e56a51a5b37bca5a06dd0238c7c613d8c67c82394c9758157c466db16734bbb');
INSERT INTO public.events VALUES ('ca71644a-4b26-475b-a055-f832f53e6b5e', 10, '2026-11-28 18:48:28.97914+00', 'Ada', 'remark', 'remarks', '88a542f1-f80f-459e-aa41-10e9bde782f0', '4801801dabec887c954a974905cc19886e40b7fa277ba70b61d607871e4dd2bf', NULL, NULL, NULL, '', '7e56a51a5b37bca5a06dd0238c7c613d8c67c82394c9758157c466db16734bbb', '5f9ef6f017a71efc54cc032f859615e906cfca34c2da9c417bb274000525bdad');
INSERT INTO public.events VALUES ('ca71644a-4b26-475b-a055-f832f53e6b5e', 11, '2026-11-28 18:48:29.011401+00', 'Ada', 'reading signed', 'signatures', 'e2930072-b032-4179-a86c-05e4f1404ba5', '6ee12b68bd45be570eee79e42b16fe249d74f912339a7364dc0af561c6d76d04', NULL, NULL, NULL, 'done', '5f9ef6f017a71efc54cc032f859615e906cfca34c2da9c417bb274000525bdad', 'a093cf31cb15678d48166e900c31801ea1158735aab4ab5bee046c74d42bce9a');
INSERT INTO public.events VALUES ('ca71644a-4b26-475b-a055-f832f53e6b5e', 12, '2026-11-28 18:48:29.083547+00', 'Béla', 'assigned', 'assignments', '6da58a5f-4c69-4c00-8ec0-af6157d59a73', '42df85b4f17f4ec230bd89467eb06307a57e60037f7a31177976ce91678922e5', NULL, NULL, NULL, '', 'a093cf31cb15678d48166e900c31801ea1158735aab4ab5bee046c74d42bce9a', '8fd439cdd1a848e828be0458a618513cb4a1170b647b59f9ccc4ca6626b6033b');
INSERT INTO public.events VALUES ('ca71644a-4b26-475b-a055-f832f53e6b5e', 13, '2026-11-28 18:48:29.083547+00', 'Béla', 'reading opened', 'readings', 'a296c96c-df91-4547-8e0f-6539925e8e3d', 'a932d34dde70b3c487706284a272a3799d9bde357ec4248072e9f0e8ad5d9280', NULL, NULL, NULL, '', '8fd439cdd1a848e828be0458a618513cb4a1170b647b59f9ccc4ca6626b6033b', '23689c92eb243fe0c022570a494038ac056a544305baaa909c976c202df5a9ce');
INSERT INTO public.events VALUES ('ca71644a-4b26-475b-a055-f832f53e6b5e', 14, '2026-11-28 18:48:29.189986+00', 'Béla', 'annotation', 'annotations', '8ccdba3b-457f-4dc5-a3f9-33e0195272ab', 'a82f93c5f54bce1f02850d2a8e859e2959ae039e1553b1f709d44ff44ff40b47', NULL, NULL, NULL, '', '23689c92eb243fe0c022570a494038ac056a544305baaa909c976c202df5a9ce', '00b04f9c1605183affb5554a14bc539600563e9e019aa64a3331dc663ade819a');
INSERT INTO public.events VALUES ('ca71644a-4b26-475b-a055-f832f53e6b5e', 15, '2026-11-28 18:48:29.189986+00', 'Béla', 'annotation', 'annotations', '31664748-28ea-454b-952b-70bc75b2a25d', '458d4f9bff923ae9d050930fc190110dbeb9e631919b7a282c034f4e43232916', NULL, NULL, NULL, '', '00b04f9c1605183affb5554a14bc539600563e9e019aa64a3331dc663ade819a', '248c16091aecec950055ee9ffb433235fbabe925b27b474fd2af68ea848c2e24');
INSERT INTO public.events VALUES ('ca71644a-4b26-475b-a055-f832f53e6b5e', 16, '2026-11-28 18:48:29.189986+00', 'Béla', 'label value', 'label_values', '84bcb1e0-c0f0-4b75-82b8-b19b90c3554e', '3a062b2f44231a7fc43f4bfceaefcbc5023830fc5e843955d807c51e704ca653', NULL, NULL, NULL, '', '248c16091aecec950055ee9ffb433235fbabe925b27b474fd2af68ea848c2e24', 'dbaea304414326b05326193e6d0b55d766a6529d6f6c9762636e67160d65678a');
INSERT INTO public.events VALUES ('ca71644a-4b26-475b-a055-f832f53e6b5e', 17, '2026-11-28 18:48:29.189986+00', 'Béla', 'remark', 'remarks', '00d7b62b-8c53-4645-a8de-3b6e8331c7a8', '67ec15fd54f81f0dcd7b696a02569ac2924bfcd785e7d52dc5b510c262e6bbf7', NULL, NULL, NULL, '', 'dbaea304414326b05326193e6d0b55d766a6529d6f6c9762636e67160d65678a', 'b06a23667fa290aa633fe8f9e1f0305df17eb041e87f13e196027878c4eadf8c');
INSERT INTO public.events VALUES ('ca71644a-4b26-475b-a055-f832f53e6b5e', 18, '2026-11-28 18:48:29.224107+00', 'Béla', 'reading signed', 'signatures', '91da8166-c350-4814-a047-e1d6bca597da', '910b6277e2c564cb4b58374518b5a74808c1e2ecd6bed533406c5d995242c801', NULL, NULL, NULL, 'done', 'b06a23667fa290aa633fe8f9e1f0305df17eb041e87f13e196027878c4eadf8c', '7283dd380fdc71fa560fe3cc87b6b0de3181c591d646afb050f2223d85643178');
INSERT INTO public.events VALUES ('ca71644a-4b26-475b-a055-f832f53e6b5e', 19, '2026-11-28 18:48:29.278447+00', 'Ada', 'reading reopened', 'signatures', 'f2d8e48c-98c3-4c2e-b1ad-544b1594b0f5', 'dc75af8b5c31f71f134cddd32334853b1d14188e2b6f1170e87ea3dbe1ebb687', NULL, NULL, NULL, 'looked again', '7283dd380fdc71fa560fe3cc87b6b0de3181c591d646afb050f2223d85643178', 'c50715579251b35bb7f27e588207ea23cb50d54b502522050e711cc7e421f023');
INSERT INTO public.events VALUES ('ca71644a-4b26-475b-a055-f832f53e6b5e', 20, '2026-11-28 18:48:29.312346+00', 'Eve', 'assigned', 'assignments', '4a1483d3-8e67-44d9-a675-9af3fbe8982a', '7e8e0677df556454cfa079667e02037d86cf808ea98a64dce949c28abe76d3bf', NULL, NULL, NULL, '', 'c50715579251b35bb7f27e588207ea23cb50d54b502522050e711cc7e421f023', 'fd1019c36e898e0793d07b1bdf109e8ed40cb93abfa3cd8d314e08d52f4529d3');
INSERT INTO public.events VALUES ('ca71644a-4b26-475b-a055-f832f53e6b5e', 21, '2026-11-28 18:48:29.312346+00', 'Eve', 'assigned', 'assignments', '5fce0b59-bbc4-4210-82b4-915605c5f09f', '5943d7125ac05c8eb401bd07f01d71c35b5749ff605b7e40c08999ec6d3894dc', NULL, NULL, NULL, '', 'fd1019c36e898e0793d07b1bdf109e8ed40cb93abfa3cd8d314e08d52f4529d3', '3e29d3c7d34a2662574d2e1a0406b9bcfe71949495ef3f6f953a704c72dd643e');
INSERT INTO public.events VALUES ('ca71644a-4b26-475b-a055-f832f53e6b5e', 22, '2026-11-28 18:48:29.374291+00', 'Eve', 'assignment withdrawn', 'assignments', '5fce0b59-bbc4-4210-82b4-915605c5f09f', '5943d7125ac05c8eb401bd07f01d71c35b5749ff605b7e40c08999ec6d3894dc', NULL, NULL, NULL, 'on leave', '3e29d3c7d34a2662574d2e1a0406b9bcfe71949495ef3f6f953a704c72dd643e', 'f1fcab0c9c4d2fe041a898b7e347ab6714f74c3e4aa4a8717ca38d41dde0a64a');
INSERT INTO public.image_states VALUES ('7a40de44-7809-4019-aa92-dbc340dde068', '65e2f259-1799-4754-93d9-2f837d734c08', 0, 1, 2, 2, 2, 0, 2, 0, 0, false, false, false, true);
INSERT INTO public.image_states VALUES ('7db45573-69a5-42f8-89f5-058a83b40a71', '65e2f259-1799-4754-93d9-2f837d734c08', 2, NULL, 0, 0, 0, 0, 0, 0, 0, false, false, true, false);
INSERT INTO public.image_states VALUES ('d34376fd-edac-465a-8a49-4ea23518d0f6', '65e2f259-1799-4754-93d9-2f837d734c08', 1, NULL, 0, 0, 0, 1, 2, 0, 0, false, true, false, false);
INSERT INTO public.image_states VALUES ('b9ece465-5964-45d3-86e4-0c300a9e9f99', 'ca71644a-4b26-475b-a055-f832f53e6b5e', 1, NULL, 0, 0, 0, 0, 0, 1, 0, false, false, false, false);
INSERT INTO public.image_states VALUES ('e4c6e042-5a30-4a66-9055-76a3e5aabf72', 'ca71644a-4b26-475b-a055-f832f53e6b5e', 0, 2, 2, 1, 1, 0, 6, 2, 1, false, false, false, false);
INSERT INTO public.images VALUES ('7a40de44-7809-4019-aa92-dbc340dde068', '65e2f259-1799-4754-93d9-2f837d734c08', 0, 'a.png', 400, 300, '5ff3d6f4b844441f8273072dd60a85f25ff3d6f4b844441f8273072dd60a85f2', '1dcfad8b8a63486e988cb2c0f7ce66621dcfad8b8a63486e988cb2c0f7ce6662', 'photograph', 8, 3, NULL, NULL, '2026-11-28 18:48:28.362348+00', '8f766c24-90d7-49ff-bd20-78478f47ced9', NULL, NULL);
INSERT INTO public.images VALUES ('7db45573-69a5-42f8-89f5-058a83b40a71', '65e2f259-1799-4754-93d9-2f837d734c08', 2, 'c.png', 400, 300, 'b90b953b696a47239e1699fadb3a17a1b90b953b696a47239e1699fadb3a17a1', 'e7cf5b5d37ef4938b99e97565bb729d6e7cf5b5d37ef4938b99e97565bb729d6', 'photograph', 8, 3, NULL, NULL, '2026-11-28 18:48:28.362348+00', NULL, NULL, NULL);
INSERT INTO public.images VALUES ('b9ece465-5964-45d3-86e4-0c300a9e9f99', 'ca71644a-4b26-475b-a055-f832f53e6b5e', 1, 'f.png', 400, 300, '2abfc1b13d7d457f89f10d4d80ccece52abfc1b13d7d457f89f10d4d80ccece5', '32c617eaebf54ed1809bc290caa7004b32c617eaebf54ed1809bc290caa7004b', 'photograph', 8, 3, NULL, NULL, '2026-11-28 18:48:28.649609+00', NULL, 3, NULL);
INSERT INTO public.images VALUES ('d34376fd-edac-465a-8a49-4ea23518d0f6', '65e2f259-1799-4754-93d9-2f837d734c08', 1, 'b.png', 400, 300, '36a6df6b9f7f43fd93d6b7fc04f1e28b36a6df6b9f7f43fd93d6b7fc04f1e28b', 'ca8ca53632a24c92a67f8cf5c86d4c81ca8ca53632a24c92a67f8cf5c86d4c81', 'photograph', 8, 3, NULL, NULL, '2026-11-28 18:48:28.362348+00', '8f766c24-90d7-49ff-bd20-78478f47ced9', NULL, NULL);
INSERT INTO public.images VALUES ('e4c6e042-5a30-4a66-9055-76a3e5aabf72', 'ca71644a-4b26-475b-a055-f832f53e6b5e', 0, 'Ω.dcm', 400, 300, 'fc29720674804d1ebc04c5caf74a22f7fc29720674804d1ebc04c5caf74a22f7', 'f30dd557137d491299b6ef716b5cb2dff30dd557137d491299b6ef716b5cb2df', 'photograph', 16, 3, 0, 4095.5, '2026-11-28 18:48:28.649609+00', NULL, NULL, '{"unit": "HU", "slope": 1.5}');
INSERT INTO public.label_values OVERRIDING SYSTEM VALUE VALUES (1, 'f587c3c9-8b20-4685-b424-196da139f7b4', 'e4c6e042-5a30-4a66-9055-76a3e5aabf72', 'cddd5056-0553-4997-8564-cd33797353de', 'b9ad4667-85b3-4fd9-a50e-af4a102446f7', '2026-11-28 18:48:28.799177+00', 'AU12', 'present', 'B', 'R', NULL);
INSERT INTO public.label_values OVERRIDING SYSTEM VALUE VALUES (2, '84bcb1e0-c0f0-4b75-82b8-b19b90c3554e', 'e4c6e042-5a30-4a66-9055-76a3e5aabf72', 'c3373c7a-7753-407e-a64f-6fdd68225e0e', 'a296c96c-df91-4547-8e0f-6539925e8e3d', '2026-11-28 18:48:29.0869+00', 'AU12', 'present', 'B', 'R', NULL);
INSERT INTO public.maps VALUES ('5835aaab-9c02-4d4c-b031-5105c0083bd3', 0, 'happy', 'dual', 'conv', 0.875, 2, 3, '\x000000008988883d8988083ecdcc4c3e8988883eabaaaa3e', '{"type": "box", "x": -4, "y": 0, "width": 100, "height": 100}');
INSERT INTO public.maps VALUES ('5835aaab-9c02-4d4c-b031-5105c0083bd3', 1, 'happy', 'dual', 'conv', 0.875, 2, 3, '\x000000008988883d8988083ecdcc4c3e8988883eabaaaa3e', '{"type": "box", "x": -4, "y": 0, "width": 100, "height": 100}');
INSERT INTO public.maps VALUES ('8d0a0dc6-0fa8-4b3e-9855-900b4eae876d', 0, 'happy', 'dual', 'conv', 0.875, 2, 3, '\x000000008988883d8988083ecdcc4c3e8988883eabaaaa3e', '{"type": "box", "x": -4, "y": 0, "width": 100, "height": 100}');
INSERT INTO public.maps VALUES ('8d0a0dc6-0fa8-4b3e-9855-900b4eae876d', 1, 'happy', 'dual', 'conv', 0.875, 2, 3, '\x000000008988883d8988083ecdcc4c3e8988883eabaaaa3e', '{"type": "box", "x": -4, "y": 0, "width": 100, "height": 100}');
INSERT INTO public.project_labels VALUES ('65e2f259-1799-4754-93d9-2f837d734c08', 'AU12', 1, 'FACS', 'lip corner puller');
INSERT INTO public.project_labels VALUES ('65e2f259-1799-4754-93d9-2f837d734c08', 'happy', 0, 'expression', 'happy');
INSERT INTO public.project_labels VALUES ('ca71644a-4b26-475b-a055-f832f53e6b5e', 'AU12', 1, 'FACS', 'lip corner puller');
INSERT INTO public.project_labels VALUES ('ca71644a-4b26-475b-a055-f832f53e6b5e', 'happy', 0, 'expression', 'happy');
INSERT INTO public.projects VALUES ('65e2f259-1799-4754-93d9-2f837d734c08', 'open', '{"model_name": "face-expression", "contrast": "dual", "suggestion_geometry": "box", "protocol": {"mode": "suggestions-first", "arms": [], "seed": "", "readers": 1, "assignment": "open", "adjudication": "none"}}', '2026-11-28 18:48:28.20694+00', 0);
INSERT INTO public.projects VALUES ('ca71644a-4b26-475b-a055-f832f53e6b5e', 'study', '{"model_name": null, "contrast": null, "suggestion_geometry": "box", "protocol": {"mode": "suggestions-first", "arms": [], "seed": "", "readers": 2, "assignment": "open", "adjudication": "none"}}', '2026-11-28 18:48:28.637649+00', 2);
INSERT INTO public.raters VALUES ('c3373c7a-7753-407e-a64f-6fdd68225e0e', 'Béla', '2026-11-28 18:48:28.597981+00');
INSERT INTO public.raters VALUES ('cddd5056-0553-4997-8564-cd33797353de', 'Ada', '2026-11-28 18:48:28.555715+00');
INSERT INTO public.readings VALUES ('10ab869c-aa09-4388-a74d-258745e4878d', '65e2f259-1799-4754-93d9-2f837d734c08', '7a40de44-7809-4019-aa92-dbc340dde068', 'cddd5056-0553-4997-8564-cd33797353de', 'first', 'suggestions-first', '2026-11-28 18:48:28.573978+00');
INSERT INTO public.readings VALUES ('4af113f3-fefc-4af3-82aa-908ae24ab71d', '65e2f259-1799-4754-93d9-2f837d734c08', '7db45573-69a5-42f8-89f5-058a83b40a71', 'cddd5056-0553-4997-8564-cd33797353de', 'first', 'suggestions-first', '2026-11-28 18:48:28.615182+00');
INSERT INTO public.readings VALUES ('8b896fb0-257d-4ac4-8663-0d406d3a3741', '65e2f259-1799-4754-93d9-2f837d734c08', 'd34376fd-edac-465a-8a49-4ea23518d0f6', 'c3373c7a-7753-407e-a64f-6fdd68225e0e', 'first', 'suggestions-first', '2026-11-28 18:48:28.614238+00');
INSERT INTO public.readings VALUES ('a296c96c-df91-4547-8e0f-6539925e8e3d', 'ca71644a-4b26-475b-a055-f832f53e6b5e', 'e4c6e042-5a30-4a66-9055-76a3e5aabf72', 'c3373c7a-7753-407e-a64f-6fdd68225e0e', 'first', 'suggestions-first', '2026-11-28 18:48:29.082009+00');
INSERT INTO public.readings VALUES ('b9ad4667-85b3-4fd9-a50e-af4a102446f7', 'ca71644a-4b26-475b-a055-f832f53e6b5e', 'e4c6e042-5a30-4a66-9055-76a3e5aabf72', 'cddd5056-0553-4997-8564-cd33797353de', 'first', 'suggestions-first', '2026-11-28 18:48:28.784508+00');
INSERT INTO public.record_identity VALUES (1, '8d5b88ee-6527-4b6f-b8a9-d08792c57a9f', '2026-11-28 18:48:28.354484+00');
INSERT INTO public.remarks OVERRIDING SYSTEM VALUE VALUES (1, '3675779a-7d95-4929-a5d9-16e15d2e16db', 'd34376fd-edac-465a-8a49-4ea23518d0f6', 'c3373c7a-7753-407e-a64f-6fdd68225e0e', '8b896fb0-257d-4ac4-8663-0d406d3a3741', '2026-11-28 18:48:28.597981+00', 'flag', 'Blurred.', NULL, NULL, NULL);
INSERT INTO public.remarks OVERRIDING SYSTEM VALUE VALUES (2, '0a141211-3b24-4aef-8c77-0b5b7828109e', '7db45573-69a5-42f8-89f5-058a83b40a71', 'cddd5056-0553-4997-8564-cd33797353de', '4af113f3-fefc-4af3-82aa-908ae24ab71d', '2026-11-28 18:48:28.597981+00', 'skip', 'later', NULL, NULL, NULL);
INSERT INTO public.remarks OVERRIDING SYSTEM VALUE VALUES (3, '88a542f1-f80f-459e-aa41-10e9bde782f0', 'e4c6e042-5a30-4a66-9055-76a3e5aabf72', 'cddd5056-0553-4997-8564-cd33797353de', 'b9ad4667-85b3-4fd9-a50e-af4a102446f7', '2026-11-28 18:48:28.799177+00', 'note', 'Sharp.', NULL, NULL, NULL);
INSERT INTO public.remarks OVERRIDING SYSTEM VALUE VALUES (4, '00d7b62b-8c53-4645-a8de-3b6e8331c7a8', 'e4c6e042-5a30-4a66-9055-76a3e5aabf72', 'c3373c7a-7753-407e-a64f-6fdd68225e0e', 'a296c96c-df91-4547-8e0f-6539925e8e3d', '2026-11-28 18:48:29.0869+00', 'note', 'Sharp.', NULL, NULL, NULL);
INSERT INTO public.role_grants OVERRIDING SYSTEM VALUE VALUES (1, 'f816f33a-b5cd-4138-bce1-b1325364574a', '274beaf5-1f55-4a8c-a147-55c2f9ec5f60', NULL, 'admin', true, '2026-11-28 18:48:28.206884+00');
INSERT INTO public.signatures OVERRIDING SYSTEM VALUE VALUES (1, 'e2930072-b032-4179-a86c-05e4f1404ba5', 'b9ad4667-85b3-4fd9-a50e-af4a102446f7', 'signed', 'done', '2026-11-28 18:48:28.993131+00');
INSERT INTO public.signatures OVERRIDING SYSTEM VALUE VALUES (2, '91da8166-c350-4814-a047-e1d6bca597da', 'a296c96c-df91-4547-8e0f-6539925e8e3d', 'signed', 'done', '2026-11-28 18:48:29.212632+00');
INSERT INTO public.signatures OVERRIDING SYSTEM VALUE VALUES (3, 'f2d8e48c-98c3-4c2e-b1ad-544b1594b0f5', 'b9ad4667-85b3-4fd9-a50e-af4a102446f7', 'reopened', 'looked again', '2026-11-28 18:48:29.24686+00');
INSERT INTO public.subjects VALUES ('8f766c24-90d7-49ff-bd20-78478f47ced9', '65e2f259-1799-4754-93d9-2f837d734c08', 'S1', '2026-11-28 18:48:28.362348+00');
INSERT INTO public.suggestion_runs OVERRIDING SYSTEM VALUE VALUES (1, '5835aaab-9c02-4d4c-b031-5105c0083bd3', '7a40de44-7809-4019-aa92-dbc340dde068', 'face-expression', '1.0', 'abababababababababababababababababababababababababababababababab', 'excitation backprop', '{"grid": [7, 7.5]}', '0.1.0', '{"happy": 0.75, "AU12": 0.25}', '["Nothing else was found."]', '{"type": "box", "x": 1.5, "y": 2.5, "width": 200, "height": 200}', '2026-11-28 18:48:28.389642+00');
INSERT INTO public.suggestion_runs OVERRIDING SYSTEM VALUE VALUES (2, '8d0a0dc6-0fa8-4b3e-9855-900b4eae876d', 'e4c6e042-5a30-4a66-9055-76a3e5aabf72', 'face-expression', '1.0', 'abababababababababababababababababababababababababababababababab', 'excitation backprop', '{"grid": [7, 7.5]}', '0.1.0', '{"happy": 0.75, "AU12": 0.25}', '["Nothing else was found."]', '{"type": "box", "x": 1.5, "y": 2.5, "width": 200, "height": 200}', '2026-11-28 18:48:28.657524+00');
INSERT INTO public.suggestions VALUES ('2a4f1a0b-bfd3-4bd1-91ca-b23ab8c0caa8', '8d0a0dc6-0fa8-4b3e-9855-900b4eae876d', 0, 'happy', '{"type": "box", "x": 10.25, "y": 20, "width": 30, "height": 40}', 0.75, 0.5, 'dual', 0.875);
INSERT INTO public.suggestions VALUES ('aabcb7f9-412e-4622-a0ad-19248b8e56b4', '8d0a0dc6-0fa8-4b3e-9855-900b4eae876d', 1, 'happy', '{"type": "box", "x": 10.25, "y": 20, "width": 30, "height": 40}', 0.75, 0.5, 'dual', 0.875);
INSERT INTO public.suggestions VALUES ('c010884b-8070-4647-946f-112e0502702a', '5835aaab-9c02-4d4c-b031-5105c0083bd3', 1, 'happy', '{"type": "box", "x": 10.25, "y": 20, "width": 30, "height": 40}', 0.75, 0.5, 'dual', 0.875);
INSERT INTO public.suggestions VALUES ('edce7f24-e4de-4a8d-ae76-ab2272509704', '5835aaab-9c02-4d4c-b031-5105c0083bd3', 0, 'happy', '{"type": "box", "x": 10.25, "y": 20, "width": 30, "height": 40}', 0.75, 0.5, 'dual', 0.875);
SELECT pg_catalog.setval('public.annotations_sequence_seq', 8, true);
SELECT pg_catalog.setval('public.label_values_sequence_seq', 2, true);
SELECT pg_catalog.setval('public.remarks_sequence_seq', 4, true);
SELECT pg_catalog.setval('public.role_grants_sequence_seq', 1, true);
SELECT pg_catalog.setval('public.signatures_sequence_seq', 3, true);
SELECT pg_catalog.setval('public.suggestion_runs_sequence_seq', 2, true);
ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT pk_accounts PRIMARY KEY (id);
ALTER TABLE ONLY public.annotations
    ADD CONSTRAINT pk_annotations PRIMARY KEY (sequence);
ALTER TABLE ONLY public.assignments
    ADD CONSTRAINT pk_assignments PRIMARY KEY (id);
ALTER TABLE ONLY public.events
    ADD CONSTRAINT pk_events PRIMARY KEY (chain, number);
ALTER TABLE ONLY public.image_states
    ADD CONSTRAINT pk_image_states PRIMARY KEY (image_id);
ALTER TABLE ONLY public.images
    ADD CONSTRAINT pk_images PRIMARY KEY (id);
ALTER TABLE ONLY public.label_values
    ADD CONSTRAINT pk_label_values PRIMARY KEY (sequence);
ALTER TABLE ONLY public.maps
    ADD CONSTRAINT pk_maps PRIMARY KEY (run_id, "position");
ALTER TABLE ONLY public.project_labels
    ADD CONSTRAINT pk_project_labels PRIMARY KEY (project_id, code);
ALTER TABLE ONLY public.projects
    ADD CONSTRAINT pk_projects PRIMARY KEY (id);
ALTER TABLE ONLY public.raters
    ADD CONSTRAINT pk_raters PRIMARY KEY (id);
ALTER TABLE ONLY public.readings
    ADD CONSTRAINT pk_readings PRIMARY KEY (id);
ALTER TABLE ONLY public.record_identity
    ADD CONSTRAINT pk_record_identity PRIMARY KEY (number);
ALTER TABLE ONLY public.remarks
    ADD CONSTRAINT pk_remarks PRIMARY KEY (sequence);
ALTER TABLE ONLY public.role_grants
    ADD CONSTRAINT pk_role_grants PRIMARY KEY (sequence);
ALTER TABLE ONLY public.sign_in_links
    ADD CONSTRAINT pk_sign_in_links PRIMARY KEY (token_sha256);
ALTER TABLE ONLY public.sign_in_sessions
    ADD CONSTRAINT pk_sign_in_sessions PRIMARY KEY (token_sha256);
ALTER TABLE ONLY public.sign_in_tries
    ADD CONSTRAINT pk_sign_in_tries PRIMARY KEY (key_sha256);
ALTER TABLE ONLY public.signatures
    ADD CONSTRAINT pk_signatures PRIMARY KEY (sequence);
ALTER TABLE ONLY public.subjects
    ADD CONSTRAINT pk_subjects PRIMARY KEY (id);
ALTER TABLE ONLY public.suggestion_runs
    ADD CONSTRAINT pk_suggestion_runs PRIMARY KEY (sequence);
ALTER TABLE ONLY public.suggestions
    ADD CONSTRAINT pk_suggestions PRIMARY KEY (id);
ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT uq_accounts_key UNIQUE (key);
ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT uq_accounts_name UNIQUE (name);
ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT uq_accounts_subject UNIQUE (subject);
ALTER TABLE ONLY public.annotations
    ADD CONSTRAINT uq_annotations_id UNIQUE (id);
ALTER TABLE ONLY public.assignments
    ADD CONSTRAINT uq_assignments_image_id_rater_id UNIQUE (image_id, rater_id);
ALTER TABLE ONLY public.images
    ADD CONSTRAINT uq_images_project_id_pixels_sha256 UNIQUE (project_id, pixels_sha256);
ALTER TABLE ONLY public.images
    ADD CONSTRAINT uq_images_project_id_position UNIQUE (project_id, "position");
ALTER TABLE ONLY public.label_values
    ADD CONSTRAINT uq_label_values_id UNIQUE (id);
ALTER TABLE ONLY public.project_labels
    ADD CONSTRAINT uq_project_labels_project_id_position UNIQUE (project_id, "position");
ALTER TABLE ONLY public.projects
    ADD CONSTRAINT uq_projects_name UNIQUE (name);
ALTER TABLE ONLY public.raters
    ADD CONSTRAINT uq_raters_name UNIQUE (name);
ALTER TABLE ONLY public.readings
    ADD CONSTRAINT uq_readings_image_id_rater_id_round UNIQUE (image_id, rater_id, round);
ALTER TABLE ONLY public.remarks
    ADD CONSTRAINT uq_remarks_id UNIQUE (id);
ALTER TABLE ONLY public.role_grants
    ADD CONSTRAINT uq_role_grants_id UNIQUE (id);
ALTER TABLE ONLY public.signatures
    ADD CONSTRAINT uq_signatures_id UNIQUE (id);
ALTER TABLE ONLY public.subjects
    ADD CONSTRAINT uq_subjects_project_id_pseudonym UNIQUE (project_id, pseudonym);
ALTER TABLE ONLY public.suggestion_runs
    ADD CONSTRAINT uq_suggestion_runs_id UNIQUE (id);
ALTER TABLE ONLY public.suggestions
    ADD CONSTRAINT uq_suggestions_run_id_position UNIQUE (run_id, "position");
CREATE INDEX ix_annotations_image_id_region_id_sequence ON public.annotations USING btree (image_id, region_id, sequence);
CREATE INDEX ix_assignments_project_id_rater_id_state_position ON public.assignments USING btree (project_id, rater_id, state, "position");
CREATE INDEX ix_events_row_id ON public.events USING btree (row_id);
CREATE INDEX ix_image_states_project_id_assigned_position ON public.image_states USING btree (project_id, assigned, "position");
CREATE INDEX ix_image_states_project_id_decided_skipped_position ON public.image_states USING btree (project_id, decided, skipped, "position");
CREATE INDEX ix_image_states_project_id_position ON public.image_states USING btree (project_id, "position");
CREATE INDEX ix_images_project_id_source_sha256_frame ON public.images USING btree (project_id, source_sha256, frame);
CREATE INDEX ix_label_values_image_id_label_sequence ON public.label_values USING btree (image_id, label, sequence);
CREATE INDEX ix_remarks_addressee_id ON public.remarks USING btree (addressee_id);
CREATE INDEX ix_remarks_answers ON public.remarks USING btree (answers);
CREATE INDEX ix_remarks_image_id_sequence ON public.remarks USING btree (image_id, sequence);
CREATE INDEX ix_role_grants_account_id_sequence ON public.role_grants USING btree (account_id, sequence);
CREATE INDEX ix_sign_in_sessions_account_id ON public.sign_in_sessions USING btree (account_id);
CREATE INDEX ix_signatures_reading_id_sequence ON public.signatures USING btree (reading_id, sequence);
CREATE INDEX ix_suggestion_runs_image_id_sequence ON public.suggestion_runs USING btree (image_id, sequence);
CREATE TRIGGER annotations_refuses_change BEFORE DELETE OR UPDATE OR TRUNCATE ON public.annotations FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
ALTER TABLE public.annotations ENABLE ALWAYS TRIGGER annotations_refuses_change;
CREATE TRIGGER events_refuses_change BEFORE DELETE OR UPDATE OR TRUNCATE ON public.events FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
ALTER TABLE public.events ENABLE ALWAYS TRIGGER events_refuses_change;
CREATE TRIGGER images_refuses_change BEFORE DELETE OR UPDATE OR TRUNCATE ON public.images FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
ALTER TABLE public.images ENABLE ALWAYS TRIGGER images_refuses_change;
CREATE TRIGGER label_values_refuses_change BEFORE DELETE OR UPDATE OR TRUNCATE ON public.label_values FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
ALTER TABLE public.label_values ENABLE ALWAYS TRIGGER label_values_refuses_change;
CREATE TRIGGER maps_refuses_change BEFORE DELETE OR UPDATE OR TRUNCATE ON public.maps FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
ALTER TABLE public.maps ENABLE ALWAYS TRIGGER maps_refuses_change;
CREATE TRIGGER project_labels_refuses_change BEFORE DELETE OR UPDATE OR TRUNCATE ON public.project_labels FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
ALTER TABLE public.project_labels ENABLE ALWAYS TRIGGER project_labels_refuses_change;
CREATE TRIGGER raters_refuses_change BEFORE DELETE OR UPDATE OR TRUNCATE ON public.raters FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
ALTER TABLE public.raters ENABLE ALWAYS TRIGGER raters_refuses_change;
CREATE TRIGGER readings_refuses_change BEFORE DELETE OR UPDATE OR TRUNCATE ON public.readings FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
ALTER TABLE public.readings ENABLE ALWAYS TRIGGER readings_refuses_change;
CREATE TRIGGER record_identity_refuses_change BEFORE DELETE OR UPDATE OR TRUNCATE ON public.record_identity FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
ALTER TABLE public.record_identity ENABLE ALWAYS TRIGGER record_identity_refuses_change;
CREATE TRIGGER remarks_refuses_change BEFORE DELETE OR UPDATE OR TRUNCATE ON public.remarks FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
ALTER TABLE public.remarks ENABLE ALWAYS TRIGGER remarks_refuses_change;
CREATE TRIGGER role_grants_refuses_change BEFORE DELETE OR UPDATE OR TRUNCATE ON public.role_grants FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
ALTER TABLE public.role_grants ENABLE ALWAYS TRIGGER role_grants_refuses_change;
CREATE TRIGGER signatures_refuses_change BEFORE DELETE OR UPDATE OR TRUNCATE ON public.signatures FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
ALTER TABLE public.signatures ENABLE ALWAYS TRIGGER signatures_refuses_change;
CREATE TRIGGER subjects_refuses_change BEFORE DELETE OR UPDATE OR TRUNCATE ON public.subjects FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
ALTER TABLE public.subjects ENABLE ALWAYS TRIGGER subjects_refuses_change;
CREATE TRIGGER suggestion_runs_refuses_change BEFORE DELETE OR UPDATE OR TRUNCATE ON public.suggestion_runs FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
ALTER TABLE public.suggestion_runs ENABLE ALWAYS TRIGGER suggestion_runs_refuses_change;
CREATE TRIGGER suggestions_refuses_change BEFORE DELETE OR UPDATE OR TRUNCATE ON public.suggestions FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
ALTER TABLE public.suggestions ENABLE ALWAYS TRIGGER suggestions_refuses_change;
ALTER TABLE ONLY public.annotations
    ADD CONSTRAINT fk_annotations_derived_from FOREIGN KEY (derived_from) REFERENCES public.suggestions(id);
ALTER TABLE ONLY public.annotations
    ADD CONSTRAINT fk_annotations_image_id FOREIGN KEY (image_id) REFERENCES public.images(id);
ALTER TABLE ONLY public.annotations
    ADD CONSTRAINT fk_annotations_rater_id FOREIGN KEY (rater_id) REFERENCES public.raters(id);
ALTER TABLE ONLY public.annotations
    ADD CONSTRAINT fk_annotations_reading_id FOREIGN KEY (reading_id) REFERENCES public.readings(id);
ALTER TABLE ONLY public.annotations
    ADD CONSTRAINT fk_annotations_supersedes FOREIGN KEY (supersedes) REFERENCES public.annotations(id);
ALTER TABLE ONLY public.assignments
    ADD CONSTRAINT fk_assignments_image_id FOREIGN KEY (image_id) REFERENCES public.images(id);
ALTER TABLE ONLY public.assignments
    ADD CONSTRAINT fk_assignments_project_id FOREIGN KEY (project_id) REFERENCES public.projects(id);
ALTER TABLE ONLY public.assignments
    ADD CONSTRAINT fk_assignments_rater_id FOREIGN KEY (rater_id) REFERENCES public.raters(id);
ALTER TABLE ONLY public.image_states
    ADD CONSTRAINT fk_image_states_image_id FOREIGN KEY (image_id) REFERENCES public.images(id);
ALTER TABLE ONLY public.image_states
    ADD CONSTRAINT fk_image_states_project_id FOREIGN KEY (project_id) REFERENCES public.projects(id);
ALTER TABLE ONLY public.image_states
    ADD CONSTRAINT fk_image_states_run FOREIGN KEY (run) REFERENCES public.suggestion_runs(sequence);
ALTER TABLE ONLY public.images
    ADD CONSTRAINT fk_images_project_id FOREIGN KEY (project_id) REFERENCES public.projects(id);
ALTER TABLE ONLY public.images
    ADD CONSTRAINT fk_images_subject_id FOREIGN KEY (subject_id) REFERENCES public.subjects(id);
ALTER TABLE ONLY public.label_values
    ADD CONSTRAINT fk_label_values_image_id FOREIGN KEY (image_id) REFERENCES public.images(id);
ALTER TABLE ONLY public.label_values
    ADD CONSTRAINT fk_label_values_rater_id FOREIGN KEY (rater_id) REFERENCES public.raters(id);
ALTER TABLE ONLY public.label_values
    ADD CONSTRAINT fk_label_values_reading_id FOREIGN KEY (reading_id) REFERENCES public.readings(id);
ALTER TABLE ONLY public.label_values
    ADD CONSTRAINT fk_label_values_supersedes FOREIGN KEY (supersedes) REFERENCES public.label_values(id);
ALTER TABLE ONLY public.maps
    ADD CONSTRAINT fk_maps_run_id FOREIGN KEY (run_id) REFERENCES public.suggestion_runs(id);
ALTER TABLE ONLY public.project_labels
    ADD CONSTRAINT fk_project_labels_project_id FOREIGN KEY (project_id) REFERENCES public.projects(id);
ALTER TABLE ONLY public.readings
    ADD CONSTRAINT fk_readings_image_id FOREIGN KEY (image_id) REFERENCES public.images(id);
ALTER TABLE ONLY public.readings
    ADD CONSTRAINT fk_readings_project_id FOREIGN KEY (project_id) REFERENCES public.projects(id);
ALTER TABLE ONLY public.readings
    ADD CONSTRAINT fk_readings_rater_id FOREIGN KEY (rater_id) REFERENCES public.raters(id);
ALTER TABLE ONLY public.remarks
    ADD CONSTRAINT fk_remarks_addressee_id FOREIGN KEY (addressee_id) REFERENCES public.raters(id);
ALTER TABLE ONLY public.remarks
    ADD CONSTRAINT fk_remarks_answers FOREIGN KEY (answers) REFERENCES public.remarks(id);
ALTER TABLE ONLY public.remarks
    ADD CONSTRAINT fk_remarks_image_id FOREIGN KEY (image_id) REFERENCES public.images(id);
ALTER TABLE ONLY public.remarks
    ADD CONSTRAINT fk_remarks_rater_id FOREIGN KEY (rater_id) REFERENCES public.raters(id);
ALTER TABLE ONLY public.remarks
    ADD CONSTRAINT fk_remarks_reading_id FOREIGN KEY (reading_id) REFERENCES public.readings(id);
ALTER TABLE ONLY public.role_grants
    ADD CONSTRAINT fk_role_grants_account_id FOREIGN KEY (account_id) REFERENCES public.accounts(id);
ALTER TABLE ONLY public.role_grants
    ADD CONSTRAINT fk_role_grants_project_id FOREIGN KEY (project_id) REFERENCES public.projects(id);
ALTER TABLE ONLY public.sign_in_links
    ADD CONSTRAINT fk_sign_in_links_account_id FOREIGN KEY (account_id) REFERENCES public.accounts(id);
ALTER TABLE ONLY public.sign_in_sessions
    ADD CONSTRAINT fk_sign_in_sessions_account_id FOREIGN KEY (account_id) REFERENCES public.accounts(id);
ALTER TABLE ONLY public.signatures
    ADD CONSTRAINT fk_signatures_reading_id FOREIGN KEY (reading_id) REFERENCES public.readings(id);
ALTER TABLE ONLY public.subjects
    ADD CONSTRAINT fk_subjects_project_id FOREIGN KEY (project_id) REFERENCES public.projects(id);
ALTER TABLE ONLY public.suggestion_runs
    ADD CONSTRAINT fk_suggestion_runs_image_id FOREIGN KEY (image_id) REFERENCES public.images(id);
ALTER TABLE ONLY public.suggestions
    ADD CONSTRAINT fk_suggestions_run_id FOREIGN KEY (run_id) REFERENCES public.suggestion_runs(id);
