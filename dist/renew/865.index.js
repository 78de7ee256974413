"use strict";
exports.id = 865;
exports.ids = [865];
exports.modules = {

/***/ 231:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  StsClient: () => (/* binding */ StsClient),
  awsEndpoint: () => (/* binding */ awsEndpoint)
});

// EXTERNAL MODULE: ../node_modules/@aws-sdk/client-sts/dist-es/commands/AssumeRoleWithWebIdentityCommand.js
var AssumeRoleWithWebIdentityCommand = __webpack_require__(7201);
// EXTERNAL MODULE: ../node_modules/@aws-sdk/client-sts/dist-es/commands/AssumeRoleCommand.js
var AssumeRoleCommand = __webpack_require__(9523);
// EXTERNAL MODULE: ../node_modules/@aws-sdk/client-sts/dist-es/commands/GetCallerIdentityCommand.js
var GetCallerIdentityCommand = __webpack_require__(5760);
// EXTERNAL MODULE: ../node_modules/@aws-sdk/client-sts/dist-es/STSClient.js + 23 modules
var STSClient = __webpack_require__(7112);
// EXTERNAL MODULE: ../node_modules/@aws-sdk/client-sts/dist-es/models/STSServiceException.js
var STSServiceException = __webpack_require__(5044);
// EXTERNAL MODULE: ../build/core/arn.js
var arn = __webpack_require__(5850);
// EXTERNAL MODULE: ../build/core/input-values.js + 1 modules
var input_values = __webpack_require__(4712);
// EXTERNAL MODULE: ../build/core/proxy-address.js
var proxy_address = __webpack_require__(7200);
// EXTERNAL MODULE: ../build/core/remote-failure.js
var remote_failure = __webpack_require__(9952);
// EXTERNAL MODULE: ../build/core/retry-policy.js
var retry_policy = __webpack_require__(7294);
// EXTERNAL MODULE: ../node_modules/@smithy/node-http-handler/dist-es/node-http-handler.js + 11 modules
var node_http_handler = __webpack_require__(18);
;// CONCATENATED MODULE: ../build/sts/bounded-http-handler.js

const MOST_BYTES = 1024 * 1024;
class BoundedHttpHandler extends node_http_handler/* NodeHttpHandler */.$ {
    async handle(...request) {
        const { response } = await super.handle(...request);
        response.body = await readWhole(response.body);
        return { response };
    }
}
class BodyTooLong extends Error {
    name = 'BodyTooLong';
}
async function readWhole(body) {
    const chunks = [];
    let bytes = 0;
    for await (const chunk of body) {
        bytes += chunk.length;
        if (bytes > MOST_BYTES)
            throw new BodyTooLong(`a body of more than ${MOST_BYTES} bytes`);
        chunks.push(chunk);
    }
    return Buffer.concat(chunks);
}

;// CONCATENATED MODULE: ../build/sts/sts-client.js







const CONNECT_MS = 5_000;
const ANSWER_MS = 10_000;
class StsClient {
    region;
    endpoint;
    handler;
    #config;
    #deadline;
    #proxy;
    #first;
    #signers = new WeakMap();
    constructor({ region, url, proxy }, agents, deadline) {
        this.region = region;
        this.#deadline = deadline;
        this.#proxy = proxy;
        this.endpoint = proxy ? `${url.origin} through the proxy ${(0,proxy_address/* formatProxy */.yt)(proxy)}` : url.origin;
        this.handler = new BoundedHttpHandler({
            ...agents,
            connectionTimeout: CONNECT_MS,
            requestTimeout: ANSWER_MS,
            throwOnRequestTimeout: true,
        });
        this.#config = {
            region,
            endpoint: url.href,
            ignoreConfiguredEndpointUrls: true,
            useFipsEndpoint: false,
            useDualstackEndpoint: false,
            defaultsMode: 'standard',
            retryMode: 'standard',
            maxAttempts: 1,
            authSchemePreference: [],
            sigv4aSigningRegionSet: [region],
            disableClockSkewCorrection: async () => false,
            userAgentAppId: 'aws-role-gate',
            requestHandler: this.handler,
        };
        this.#first = this.#newSigner();
    }
    async assumeRoleWithWebIdentity(request, idToken) {
        const operation = 'AssumeRoleWithWebIdentity';
        const command = new AssumeRoleWithWebIdentityCommand/* AssumeRoleWithWebIdentityCommand */.W({
            ...commonParameters(request),
            WebIdentityToken: idToken.jwt,
        });
        const answer = await this.#attempt(operation, abortSignal => this.#first.client.send(command, { abortSignal }));
        const { SubjectFromWebIdentityToken: subject, Audience: audience, Provider: provider } = answer;
        const arn = answer.AssumedRoleUser?.Arn;
        return {
            ...assumedSession(operation, request.role, answer),
            assumedRole: withoutAbsent({ arn, subject, audience, provider }),
            claims: idToken.claims,
        };
    }
    async assumeRole(request, by) {
        const operation = 'AssumeRole';
        const command = new AssumeRoleCommand/* AssumeRoleCommand */.Q({ ...commonParameters(request), ...ownParameters(request) });
        const answer = await this.#attempt(operation, abortSignal => this.#signedBy(by).send(command, { abortSignal }), by);
        return {
            ...assumedSession(operation, request.role, answer),
            assumedRole: withoutAbsent({ arn: answer.AssumedRoleUser?.Arn }),
            claims: undefined,
        };
    }
    async getCallerIdentity(session) {
        const operation = 'GetCallerIdentity';
        const command = new GetCallerIdentityCommand/* GetCallerIdentityCommand */.z({});
        const answer = await this.#attempt(operation, abortSignal => this.#signedBy(session).send(command, { abortSignal }), session);
        const { Arn, Account, UserId } = answer;
        if (!Arn || !Account || !UserId)
            throw incomplete(operation, answer.$metadata.httpStatusCode);
        return { arn: Arn, accountId: Account, userId: UserId };
    }
    #signedBy(session) {
        const existing = this.#signers.get(session);
        if (existing)
            return existing.client;
        const signer = this.#first.session ? this.#newSigner() : this.#first;
        signer.session = session;
        this.#signers.set(session, signer);
        return signer.client;
    }
    #newSigner() {
        const credentials = async () => {
            if (!signer.session)
                throw new Error('a call that is not signed asked for credentials');
            return toIdentity(signer.session.credentials);
        };
        const signer = { client: new STSClient/* STSClient */.i({ ...this.#config, credentials }), session: undefined };
        signer.client.middlewareStack.remove('recursionDetectionMiddleware');
        return signer;
    }
    async #attempt(operation, send, signer) {
        const ownEnd = AbortSignal.timeout(CONNECT_MS + ANSWER_MS);
        try {
            return await send(AbortSignal.any([ownEnd, this.#deadline]));
        }
        catch (error) {
            if (ownEnd.aborted)
                throw noAnswer(operation, `no whole answer in ${(CONNECT_MS + ANSWER_MS) / 1000} s`, error);
            throw toRemoteFailure(operation, error, {
                isOfNewSession: signer?.origin.kind === 'assumed',
                proxy: this.#proxy,
            });
        }
    }
}
function commonParameters(request) {
    const { role, sessionName, durationSeconds, inlinePolicy, managedPolicies } = request;
    return {
        RoleArn: (0,arn/* formatArn */.bH)(role),
        RoleSessionName: sessionName,
        DurationSeconds: durationSeconds,
        Policy: inlinePolicy,
        PolicyArns: managedPolicies.length > 0 ? managedPolicies.map(arn => ({ arn })) : undefined,
    };
}
function ownParameters({ externalId, tags, transitiveTagKeys }) {
    return {
        ExternalId: externalId,
        Tags: tags.length > 0 ? tags.map(({ key, value }) => ({ Key: key, Value: value })) : undefined,
        TransitiveTagKeys: transitiveTagKeys.length > 0 ? [...transitiveTagKeys] : undefined,
    };
}
function assumedSession(operation, role, { Credentials: given, $metadata }) {
    const credentials = toCredentials(given);
    if (!credentials)
        throw incomplete(operation, $metadata.httpStatusCode);
    return { credentials, origin: { kind: 'assumed', role } };
}
function toIdentity({ accessKeyId, secretAccessKey, sessionToken }) {
    return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
}
function awsEndpoint(region, usesFips, usesDualstack) {
    const { config } = new STSClient/* STSClient */.i({ region });
    return config.endpointProvider({ Region: region, UseFIPS: usesFips, UseDualStack: usesDualstack }).url;
}
function toCredentials(answer) {
    const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = answer ?? {};
    if (!(0,input_values/* isKey */.m0)(AccessKeyId) || !(0,input_values/* isKey */.m0)(SecretAccessKey) || !(0,input_values/* isKey */.m0)(SessionToken))
        return undefined;
    if (!Expiration || Number.isNaN(Expiration.getTime()))
        return undefined;
    return {
        accessKeyId: AccessKeyId,
        secretAccessKey: SecretAccessKey,
        sessionToken: SessionToken,
        expiration: Expiration,
    };
}
function incomplete(operation, status) {
    const message = 'the answer lacks fields that every answer of STS has';
    return new remote_failure/* RemoteFailure */.p(operation, { kind: 'not-an-answer', code: '', status, message });
}
function noAnswer(operation, message, cause) {
    return new remote_failure/* RemoteFailure */.p(operation, { kind: 'no-answer', code: 'ETIMEDOUT', status: undefined, message }, { cause });
}
const CERTIFICATE_CODES = /^(CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|INVALID_CA|ERR_TLS_CERT_)/;
const BROKEN_OFF = /^(ECONNRESET|EPIPE|ERR_STREAM_PREMATURE_CLOSE)$/;
const PROXY_REFUSAL = /^Bad response: (\d{3})$/;
function toRemoteFailure(operation, error, { isOfNewSession, proxy }) {
    if (!(error instanceof Error))
        return error;
    const { $metadata, $response, Code, code } = error;
    const status = $metadata?.httpStatusCode;
    const isClockCorrected = $metadata?.clockSkewCorrected === true;
    const retryAfterSeconds = (0,retry_policy/* parseRetryAfter */.mu)($response?.headers?.['retry-after'], Date.now());
    const failed = (kind, message, reason = '') => new remote_failure/* RemoteFailure */.p(operation, { kind, code: reason, status, message, isClockCorrected, isOfNewSession, retryAfterSeconds }, { cause: error });
    if (error instanceof STSServiceException/* STSServiceException */.L && Code !== undefined)
        return failed('error-answer', error.message, Code);
    if (error instanceof BodyTooLong)
        return failed('not-an-answer', error.message);
    if (code !== undefined && BROKEN_OFF.test(code))
        return failed('no-answer', error.message, code);
    if (status !== undefined) {
        const message = `a body of type ${$response?.headers?.['content-type'] ?? 'unknown'} that is no answer of STS`;
        return failed(status >= 400 ? 'error-answer' : 'not-an-answer', message);
    }
    const refusal = PROXY_REFUSAL.exec(error.message)?.[1];
    if (proxy && refusal)
        return proxyRefusal(operation, proxy, Number(refusal), error);
    if (error.name === 'TimeoutError' && code !== 'ECONNRESET')
        return noAnswer(operation, 'no answer in time', error);
    if (code === undefined)
        return error;
    return failed(CERTIFICATE_CODES.test(code) ? 'untrusted' : 'no-answer', error.message, code);
}
function proxyRefusal(operation, proxy, status, cause) {
    const message = `the proxy ${(0,proxy_address/* formatProxy */.yt)(proxy)} answered ${status} and opened no way to the host`;
    return new remote_failure/* RemoteFailure */.p(operation, { kind: 'proxy-refusal', code: '', status, message }, { cause });
}
function withoutAbsent(fields) {
    return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}


/***/ }),

/***/ 7667:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   v: () => (/* binding */ defaultProvider)
/* harmony export */ });
/**
 * The SDK's default chain, which is loaded when it is asked, and only as far: a run with a token never asks it, and most
 * others find keys in the environment, with its first link.
 */
function defaultProvider(options) {
  let provider
  return async context => {
    provider ??= hasKeysInEnvironment(options) ? loadFirstLink(options) : loadChain(options)
    return (await provider)(context)
  }
}

/** Where the chain itself would look no further. */
function hasKeysInEnvironment({ profile } = {}) {
  const { AWS_PROFILE, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = process.env
  return !(profile ?? AWS_PROFILE) && AWS_ACCESS_KEY_ID && AWS_SECRET_ACCESS_KEY
}

async function loadFirstLink(options) {
  const { fromEnv } = await __webpack_require__.e(/* import() */ 530).then(__webpack_require__.bind(__webpack_require__, 3530))
  return fromEnv(options)
}

async function loadChain(options) {
  const chain = await Promise.all(/* import() */[__webpack_require__.e(528), __webpack_require__.e(681)]).then(__webpack_require__.bind(__webpack_require__, 6681))
  return chain.defaultProvider(options)
}


/***/ })

};
;