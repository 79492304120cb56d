FROM a
RUN --mount=type=bind,target=/x,readonly=perhaps b
