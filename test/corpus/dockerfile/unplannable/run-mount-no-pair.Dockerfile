FROM a
RUN --mount=type=bind,target=/x,nonsense b
