# The command in a container: docker build -t dupdetect . && docker run --rm -v "$PWD:/work" dupdetect \
#     dedupe data/wire.jsonl -o unique.jsonl
FROM python:3.13-slim AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends g++ \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY . .
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .

FROM python:3.13-slim
COPY --from=build /wheels /wheels
RUN pip install --no-cache-dir /wheels/*.whl && rm -r /wheels \
    && useradd --create-home reader
USER reader
WORKDIR /work
ENTRYPOINT ["dupdetect"]
CMD ["--help"]
