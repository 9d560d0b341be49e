-- The log is append-only: nobody but the owner of the tables can change facts and batches, whatever rights were given.
CREATE OR REPLACE FUNCTION {schema}.{append_only}() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$ BEGIN
    IF current_user <> (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = TG_RELID) THEN
        RAISE EXCEPTION '% takes no %: what was committed stays', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {schema}.{facts}
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.{append_only}();
CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {schema}.{batches}
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.{append_only}();
