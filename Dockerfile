# The API as one image; docker-compose.yml runs it, and its migrations, beside PostgreSQL.
#
# No package's install script is run: they bring a Node and prepare a PostgreSQL, and both come from elsewhere here.

FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json mikro-orm.config.ts ./
COPY src src
COPY migrations migrations
COPY seeders seeders
RUN npm run build

FROM node:24-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# The optional packages are PostgreSQL's programs and what runs TypeScript.
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund

FROM node:24-slim
# MIKRO_ORM_CLI_* make the command `mikro-orm` work with what was built, where there is no TypeScript.
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=4000 \
    BACKUP_STORAGE=/var/lib/pier2/backups \
    MIKRO_ORM_CLI_CONFIG=./dist/mikro-orm.config.js \
    MIKRO_ORM_CLI_PREFER_TS=0
WORKDIR /app
COPY package.json ./
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
# The command `pier2`: `docker compose exec api node src/cli/pier2-command.js export orders`.
COPY src/cli/pier2-command.js src/cli/
# Files stay root's: the server has nothing to write. Only a volume for backups, which takes over the owner of this folder.
RUN install --directory --owner=node --group=node --mode=700 /var/lib/pier2/backups
USER node
EXPOSE 4000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["node", "--eval", "fetch(`http://127.0.0.1:${process.env.PORT}/health`).then(answer => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/src/main.js"]
