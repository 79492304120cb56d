FROM a
RUN --mount=type=secret b
