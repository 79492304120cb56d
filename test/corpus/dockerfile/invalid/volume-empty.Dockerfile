FROM a
VOLUME ["/b", " "]
