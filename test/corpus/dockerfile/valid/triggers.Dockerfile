FROM busybox
ONBUILD RUN a && b
ONBUILD COPY --from=x --chown=1 a /b
onbuild add ["a", "b"]
ONBUILD ENV A=b
ONBUILD ARG C
ONBUILD HEALTHCHECK NONE
ONBUILD CMD ["x"]
ONBUILD RUN <<E
a
E
