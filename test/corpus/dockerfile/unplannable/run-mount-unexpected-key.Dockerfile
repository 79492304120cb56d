FROM a
RUN --mount=type=cache,target=/x,colour=red b
