FROM a
RUN --mount=type=bind,x\"y b
