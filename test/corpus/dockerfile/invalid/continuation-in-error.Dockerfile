FROM a
RUN b && \
    c
COPPY \
  x \
  y
