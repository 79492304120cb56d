FROM a
COPY --link=perhaps b c
