FROM a
RUN --mount=type=cache,target=/x,mode=rwx b
