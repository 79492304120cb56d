FROM base
ONBUILD COPY --from=tools /tool /tool
