FROM a
envv a=b
