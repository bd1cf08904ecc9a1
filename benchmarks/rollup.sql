-- The national roll-up on the Parquet export: programs by band and quartiles, by state, quarter, kind and dimension.
WITH once AS (
  SELECT DISTINCT ON (program_ref, year(assessed_on), quarter(assessed_on), kind) *
  FROM 'PLACE/assessments/*/*.parquet' ORDER BY assessed_on DESC
), told AS (
  SELECT coalesce(state, '') AS state, year(assessed_on) || '-Q' || quarter(assessed_on) AS quarter, kind, SCORES
  FROM once JOIN 'PLACE/programs.parquet' USING (program_ref)
)
SELECT state, quarter, kind, dimension, count(*) AS n,
  count(*) FILTER (score < 2) AS aos,
  count(*) FILTER (score >= 2 AND score < 3) AS aos_ddc,
  count(*) FILTER (score >= 3 AND score < 3.5) AS ddc,
  count(*) FILTER (score >= 3.5 AND score < 4.5) AS ddc_dde,
  count(*) FILTER (score >= 4.5) AS dde,
  quantile_cont(score, [0, 0.25, 0.5, 0.75, 1]) AS quartiles
FROM (UNPIVOT told ON SCORES INTO NAME dimension VALUE score)
GROUP BY ALL
