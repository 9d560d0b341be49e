-- Forget what came and no case waits for any more. A case that somebody else works on is still there until they commit.
DELETE FROM {schema}.{came} AS came
WHERE NOT EXISTS (SELECT FROM {schema}.{waiting} AS waiting WHERE waiting.{key} = came.{key})
    AND NOT EXISTS (SELECT FROM {schema}.{later} AS later WHERE later.{key} = came.{key})
