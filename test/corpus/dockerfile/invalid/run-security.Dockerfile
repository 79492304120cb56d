FROM a
RUN --security=total b
