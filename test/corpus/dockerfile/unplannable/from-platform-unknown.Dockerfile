FROM --platform=nonsense x
