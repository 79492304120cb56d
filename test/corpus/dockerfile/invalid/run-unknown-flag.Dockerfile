FROM a
RUN --mout=type=cache,target=/x b
