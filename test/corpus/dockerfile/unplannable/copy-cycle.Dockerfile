FROM a AS x
COPY --from=y / /
FROM a AS y
COPY --from=x / /
