FROM a
RUN --mount=from=$B,target=/b c
