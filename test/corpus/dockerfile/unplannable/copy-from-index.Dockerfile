FROM a
COPY --from=3 c d
