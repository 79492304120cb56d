FROM a
RUN --mount=type=bind,sorce=a,target=/x b
