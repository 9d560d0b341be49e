-- Which of these streams exist? Asked of streams that should be new: ids that follow each other in time share leaf pages, so one
-- index scan answers hundreds of them at once.
SELECT originator_id::text FROM {schema}.{facts} WHERE originator_id = ANY($1::uuid[]) AND originator_version = 1
