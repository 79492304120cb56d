FROM a
RUN <<-E
  E
