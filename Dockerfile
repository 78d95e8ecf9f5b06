# The same steps as `make app`: the pinned set, then `annotator app`.
FROM python:3.12-slim-bookworm

RUN useradd --create-home --uid 10001 annotator \
    && mkdir /data /secrets && chown annotator:annotator /data /secrets

WORKDIR /srv/annotator
COPY --chown=annotator:annotator . .
RUN python -m venv .venv \
    && .venv/bin/python -m pip install --no-cache-dir -c .ci/constraints.txt -e '.[demo]' \
    && chown -R annotator:annotator /srv/annotator

USER 10001
# A folder's name, and no secret:
# hadolint ignore=DL3064
ENV PATH=/srv/annotator/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    ANNOTATOR_HOME=/data \
    ANNOTATOR_SECRETS=/secrets \
    ANNOTATOR_SIGN_IN=accounts
VOLUME /data /secrets
EXPOSE 8501

HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"]

CMD ["annotator", "app", "--address", "0.0.0.0"]
