# One image for every role; the command says which part it plays (see below).
FROM python:3.11-slim AS packages
WORKDIR /build
COPY requirements.txt ./
COPY bin bin
RUN python -m venv /opt/venv && /opt/venv/bin/python bin/install.py requirements.txt \
    && /opt/venv/bin/pip uninstall --quiet --yes uv

FROM python:3.11-slim
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    ENVIRONMENT=production \
    PORT=8000 \
    WEB_WORKERS=2
RUN useradd --uid 10001 --user-group --home-dir /srv/countertop --create-home countertop
WORKDIR /srv/countertop
COPY --from=packages /opt/venv /opt/venv
COPY . .
RUN install -d -o countertop -g countertop -m 0750 var
USER countertop
# Collecting needs settings but no secrets that count.
RUN SECRET_KEY=signs-nothing-only-while-the-image-is-built \
    JWT_SECRET_KEY=signs-no-token-only-while-the-image-is-built \
    CREDENTIAL_KEYS=seals-nothing-only-while-the-image-is-built \
    ALLOWED_HOSTS=localhost WEB_WORKERS=1 \
    python manage.py collectstatic --no-input --verbosity 0
EXPOSE 8000
# Sockets: uvicorn --host 0.0.0.0 --port $PORT --no-proxy-headers --ws-max-size 131072 \
#          --ws-per-message-deflate false config.asgi:application
# All of it in one container: manage.py serve --host 0.0.0.0
# Periodic jobs: manage.py worker
# Before a release serves: manage.py migrate
CMD ["sh", "-c", "exec gunicorn config.wsgi:application --bind 0.0.0.0:$PORT --worker-class config.http.Threads --workers $WEB_WORKERS --threads 8 --keep-alive 75 --worker-tmp-dir /dev/shm"]
