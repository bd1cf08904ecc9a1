-- Ratings by year, and scores by dimension, in the Parquet export: how many, and their sum without rounding.
SELECT year, count(rating), sum(rating)::BIGINT
FROM read_parquet('PLACE/ratings/*/*.parquet', hive_partitioning = true) GROUP BY year;

SELECT replace(name, '_exact', ''), count(*),
  sum(split_part(exact, '/', 1)::BIGINT * (17640 // coalesce(try_cast(split_part(exact, '/', 2) AS INT), 1)))::BIGINT
FROM (
  UNPIVOT (SELECT COLUMNS('(overall|score_.*)_exact') FROM 'PLACE/assessments/*/*.parquet') ON * INTO NAME name VALUE exact
)
GROUP BY name;
