FROM a
RUN --mount=type=bnd,target=/x b
