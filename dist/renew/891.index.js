"use strict";
exports.id = 891;
exports.ids = [891];
exports.modules = {

/***/ 8891:
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
// EXTERNAL MODULE: ../node_modules/@aws-sdk/client-sts/dist-es/STSClient.js + 8 modules
var STSClient = __webpack_require__(970);
// EXTERNAL MODULE: ../node_modules/@aws-sdk/client-sts/dist-es/models/STSServiceException.js
var STSServiceException = __webpack_require__(5044);
// EXTERNAL MODULE: ../build/core/identity/arn.js
var arn = __webpack_require__(4479);
// EXTERNAL MODULE: ../build/core/identity/session.js
var session = __webpack_require__(640);
// EXTERNAL MODULE: ../build/core/network/certificate-error.js
var certificate_error = __webpack_require__(6568);
// EXTERNAL MODULE: ../build/core/network/clock-skew.js
var clock_skew = __webpack_require__(2049);
// EXTERNAL MODULE: ../build/core/network/proxy-address.js
var proxy_address = __webpack_require__(2481);
// EXTERNAL MODULE: ../build/core/network/remote-failure.js
var remote_failure = __webpack_require__(9099);
// EXTERNAL MODULE: ../build/core/network/retry-policy.js
var retry_policy = __webpack_require__(3989);
;// CONCATENATED MODULE: ../build/core/sts/front-end-error.js
function parseFrontEndError(headers, body) {
    const { code, message } = body.trimStart().startsWith('{') ? readJson(body) : readXml(body);
    const name = nameOf(code) ?? nameOf(headers?.['x-amzn-errortype']);
    return name === undefined ? undefined : { code: name, message: typeof message === 'string' ? message : '' };
}
function nameOf(code) {
    if (typeof code !== 'string')
        return undefined;
    return /^(?:[\w.]+#)?([A-Z][A-Za-z0-9]{2,99})(?::.*)?$/.exec(code.trim())?.[1];
}
function readJson(body) {
    const answer = parse(body);
    const error = Object(answer.Error);
    return { code: error.Code ?? answer.__type, message: error.Message ?? answer.message ?? answer.Message };
}
function parse(json) {
    try {
        return Object(JSON.parse(json));
    }
    catch {
        return {};
    }
}
const XML_ROOT = /^\s*(?:<\?xml[^>]*>\s*)?<(Error|[A-Z][A-Za-z0-9]*(?:Exception|Error|Fault))[\s/>]/;
function readXml(body) {
    const root = XML_ROOT.exec(body)?.[1];
    if (root === undefined)
        return {};
    return { code: root === 'Error' ? textIn('Code', body) : root, message: textIn('Message', body) };
}
function textIn(element, xml) {
    const text = new RegExp(`<${element}>([^<]*)</${element}>`, 'i').exec(xml)?.[1];
    return text?.replaceAll(/&(lt|gt|quot|apos|amp);/g, (_, name) => ENTITIES[name]);
}
const ENTITIES = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };

;// CONCATENATED MODULE: ../build/core/sts/sts-call.js
function parseRequestId(text) {
    return typeof text === 'string' && UUID.test(text) ? text : undefined;
}
const UUID = /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/i;

// EXTERNAL MODULE: ../build/network/proxy-tunnel.js
var proxy_tunnel = __webpack_require__(851);
// EXTERNAL MODULE: ../node_modules/@smithy/node-http-handler/dist-es/node-http-handler.js + 11 modules
var node_http_handler = __webpack_require__(18);
// EXTERNAL MODULE: ../build/core/base/text.js
var base_text = __webpack_require__(320);
;// CONCATENATED MODULE: ../build/core/sts/xml-answer.js

const DECLARATION = /^<\?xml version=(["'])1\.0\1(?: encoding=(["'])utf-8\2)?(?: standalone=(["'])(?:yes|no)\3)?\s*\?>/i;
const TOKEN = /<\/([A-Za-z][\w.-]*)>|<([A-Za-z][\w.-]*)(\/?)>|[^<]+|</g;
const NAMESPACE = /^(\s*<[A-Za-z][\w.-]*) xmlns=(?:"[^"<>&]*"|'[^'<>&]*')/;
const FOREIGN_REFERENCE = /&(?!(?:amp|lt|gt|quot|apos|#(?:9|10|13)|#x(?:9|a|d));)/i;
const FOREIGN_TEXT = /[\0-\x08\v\f\x0e-\x1f\ufffe\uffff]|\]\]>/;
function ambiguityIn(xml) {
    const open = [{ name: '', elements: new Set(), hasText: false }];
    for (const [token, closed, opened, isEmpty] of plain(xml).matchAll(TOKEN)) {
        const content = open.at(-1);
        if (!content || token === '<')
            return NOT_PLAIN;
        if (closed !== undefined) {
            if (open.pop()?.name !== closed)
                return NOT_PLAIN;
        }
        else if (opened !== undefined) {
            if (content.elements.has(opened))
                return `it holds ${(0,base_text/* quote */.hD)(opened)} twice`;
            content.elements.add(opened);
            if (!isEmpty)
                open.push({ name: opened, elements: new Set(), hasText: false });
        }
        else {
            if (FOREIGN_REFERENCE.test(token) || FOREIGN_TEXT.test(token))
                return NOT_PLAIN;
            if (/[^ \t\r\n]/.test(token))
                content.hasText = true;
        }
        if (content.hasText && content.elements.size > 0)
            return 'it holds text beside elements';
    }
    const [document] = open;
    return open.length === 1 && document?.elements.size === 1 ? undefined : NOT_PLAIN;
}
const NOT_PLAIN = 'it is not XML as STS sends it';
function plain(xml) {
    return xml.replace(DECLARATION, '').replace(NAMESPACE, '$1');
}
function holdsResult(xml) {
    return /^\s*<(\w+)Response>\s*<\1Result[>/]/.test(plain(xml));
}

// EXTERNAL MODULE: ../build/network/bounded-body.js
var bounded_body = __webpack_require__(2030);
;// CONCATENATED MODULE: ../build/sts/bounded-http-handler.js



class BoundedHttpHandler extends node_http_handler/* NodeHttpHandler */.$ {
    #isUsed = false;
    get isUsed() {
        return this.#isUsed;
    }
    async handle(...request) {
        this.#isUsed = true;
        const { response } = await super.handle(...request);
        response.body = await readWhole(response.body, response.statusCode);
        return { response };
    }
}
class StsHttpHandler extends BoundedHttpHandler {
    async handle(...request) {
        const answer = await super.handle(...request);
        const { statusCode, body, headers } = answer.response;
        const fault = statusCode < 300 ? faultIn(Buffer.from(body).toString()) : undefined;
        if (fault)
            throw new MalformedResponse(statusCode, `${formatType(headers)}: ${fault}`);
        return answer;
    }
}
function faultIn(xml) {
    return ambiguityIn(xml) ?? (holdsResult(xml) ? undefined : 'it holds no result');
}
function formatType(headers) {
    return `a body of type ${headers?.['content-type'] ?? 'unknown'} that is no answer of STS`;
}
class MalformedResponse extends Error {
    status;
    constructor(status, message) {
        super(message);
        this.status = status;
    }
}
async function readWhole(body, status) {
    try {
        return await (0,bounded_body/* readBody */.x)(body);
    }
    catch (error) {
        throw error instanceof bounded_body/* BodyTooLong */.J ? new MalformedResponse(status, error.message) : error;
    }
}

;// CONCATENATED MODULE: ../build/sts/sts-client.js












const CONNECT_MS = 5_000;
const ANSWER_MS = 10_000;
class StsClient {
    region;
    endpoint;
    host;
    handler;
    #config;
    #deadline;
    #proxy;
    #clock;
    #unsigned;
    #signers = new WeakMap();
    constructor({ region, url, proxy }, agents, deadline, clock) {
        this.region = region;
        this.#clock = clock;
        this.#deadline = deadline;
        this.#proxy = proxy;
        this.host = url.host;
        this.endpoint = proxy ? `${url.origin} through the proxy ${(0,proxy_address/* formatProxy */.yt)(proxy)}` : url.origin;
        const sending = {
            ...agents,
            connectionTimeout: CONNECT_MS,
            requestTimeout: ANSWER_MS,
            throwOnRequestTimeout: true,
        };
        this.handler = new BoundedHttpHandler(sending);
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
            requestHandler: new StsHttpHandler(sending),
        };
        this.#unsigned = this.#newClient(undefined);
    }
    async assumeRoleWithWebIdentity(request, idToken) {
        const operation = 'AssumeRoleWithWebIdentity';
        const command = new AssumeRoleWithWebIdentityCommand/* AssumeRoleWithWebIdentityCommand */.W({
            ...commonParameters(request),
            WebIdentityToken: idToken.jwt,
        });
        const answer = await this.#attempt(operation, abortSignal => this.#unsigned.send(command, { abortSignal }));
        const { SubjectFromWebIdentityToken: subject, Audience: audience, Provider: provider } = answer;
        return {
            ...assumedSession(operation, request.role, answer, { subject, audience, provider }),
            claims: idToken.claims,
            requestId: requestIdOf(answer),
        };
    }
    async assumeRole(request, by) {
        const operation = 'AssumeRole';
        const command = new AssumeRoleCommand/* AssumeRoleCommand */.Q({ ...commonParameters(request), ...ownParameters(request) });
        const answer = await this.#attempt(operation, abortSignal => this.#signedBy(by).send(command, { abortSignal }), by);
        return {
            ...assumedSession(operation, request.role, answer, {}),
            claims: undefined,
            requestId: requestIdOf(answer),
        };
    }
    async getCallerIdentity(session) {
        const operation = 'GetCallerIdentity';
        const command = new GetCallerIdentityCommand/* GetCallerIdentityCommand */.z({});
        const answer = await this.#attempt(operation, abortSignal => this.#signedBy(session).send(command, { abortSignal }), session);
        const { Arn, Account, UserId } = answer;
        if (!Arn || !Account || !UserId)
            throw incomplete(operation, answer);
        return {
            arn: Arn,
            accountId: Account,
            userId: UserId,
            answeredBy: this.region,
            requestId: requestIdOf(answer),
        };
    }
    #signedBy(session) {
        const client = this.#signers.get(session) ?? this.#newClient(session);
        this.#signers.set(session, client);
        return client;
    }
    #newClient(session) {
        const credentials = async () => {
            if (!session)
                throw new Error('a call that is not signed asked for credentials');
            return toIdentity(session.credentials);
        };
        const client = new STSClient/* STSClient */.i({ ...this.#config, credentials });
        client.middlewareStack.remove('recursionDetectionMiddleware');
        Object.defineProperty(client.config, 'systemClockOffset', { get: () => this.#clock.aheadMs, set() { } });
        return client;
    }
    async #attempt(operation, send, signer) {
        const ownEnd = AbortSignal.timeout(CONNECT_MS + ANSWER_MS);
        const signedAheadMs = signer && this.#clock.aheadMs;
        try {
            return await send(AbortSignal.any([ownEnd, this.#deadline]));
        }
        catch (error) {
            const isOfNewSession = signer?.origin.kind === 'assumed';
            if (ownEnd.aborted)
                throw noAnswer(operation, `no whole answer in ${(CONNECT_MS + ANSWER_MS) / 1000} s`, error, isOfNewSession);
            const failure = toRemoteFailure(operation, error, {
                isOfNewSession,
                proxy: this.#proxy,
                signedAheadMs,
            });
            this.#correctClock(failure);
            throw failure;
        }
    }
    #correctClock(failure) {
        if (!(failure instanceof remote_failure/* RemoteFailure */.p) || !failure.clock)
            return;
        if ((0,retry_policy/* decide */.LD)(failure) === 'retry-with-corrected-clock')
            this.#clock.aheadMs = failure.clock.aheadMs;
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
function ownParameters({ externalId, sourceIdentity, tags, transitiveTagKeys }) {
    return {
        ExternalId: externalId,
        SourceIdentity: sourceIdentity,
        Tags: tags.length > 0 ? tags.map(({ key, value }) => ({ Key: key, Value: value })) : undefined,
        TransitiveTagKeys: transitiveTagKeys.length > 0 ? [...transitiveTagKeys] : undefined,
    };
}
function assumedSession(operation, role, answer, ofToken) {
    const { Credentials: given, AssumedRoleUser: user } = answer;
    const credentials = toCredentials(given);
    const assumedRole = withoutAbsent(user ? { ...ofToken, arn: user.Arn ?? '' } : ofToken);
    if (!credentials || Object.values(assumedRole).includes(''))
        throw incomplete(operation, answer);
    return { credentials, origin: { kind: 'assumed', role }, assumedRole };
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
    if (!(0,session/* isKey */.m)(AccessKeyId) || !(0,session/* isKey */.m)(SecretAccessKey) || !(0,session/* isKey */.m)(SessionToken))
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
function incomplete(operation, response) {
    const message = 'the answer lacks fields that every answer of STS has';
    const status = response.$metadata?.httpStatusCode;
    const requestId = requestIdOf(response);
    return new remote_failure/* RemoteFailure */.p(operation, { kind: 'malformed-response', code: '', status, message, requestId });
}
function requestIdOf({ $metadata }) {
    return parseRequestId($metadata?.requestId);
}
function noAnswer(operation, message, cause, isOfNewSession) {
    return new remote_failure/* RemoteFailure */.p(operation, { kind: 'no-response', code: 'ETIMEDOUT', status: undefined, message, isOfNewSession }, { cause });
}
const BROKEN_OFF = /^(ECONNRESET|EPIPE|ERR_STREAM_PREMATURE_CLOSE)$/;
function clockOf(response, signedAheadMs) {
    const aheadMs = (0,clock_skew/* clockAheadMs */.Yy)(response?.headers, Date.now());
    return aheadMs === undefined || signedAheadMs === undefined ? undefined : { aheadMs, signedAheadMs };
}
function kindOfPage(status) {
    return status >= 400 ? 'error-response' : 'malformed-response';
}
function textOf(body) {
    if (typeof body === 'string')
        return body;
    return body instanceof Uint8Array ? Buffer.from(body).toString() : '';
}
function toRemoteFailure(operation, error, { isOfNewSession, proxy, signedAheadMs }) {
    if (!(error instanceof Error))
        return error;
    const { $metadata, $response, Code, code } = error;
    const status = error instanceof MalformedResponse ? error.status : $metadata?.httpStatusCode;
    const clock = clockOf($response, signedAheadMs);
    const requestId = requestIdOf(error);
    const retryAfterSeconds = (0,retry_policy/* parseRetryAfter */.mu)($response?.headers?.['retry-after'], Date.now());
    const failed = (kind, message, reason = '') => new remote_failure/* RemoteFailure */.p(operation, { kind, code: reason, status, message, clock, isOfNewSession, retryAfterSeconds, requestId }, { cause: error });
    if (error instanceof STSServiceException/* STSServiceException */.L && typeof Code === 'string')
        return failed('error-response', typeof error.message === 'string' ? error.message : 'a message that is not a string', Code);
    if (error instanceof MalformedResponse)
        return failed(kindOfPage(error.status), error.message);
    if (code !== undefined && BROKEN_OFF.test(code))
        return failed('no-response', error.message, code);
    if (status !== undefined) {
        const named = status >= 400 ? parseFrontEndError($response?.headers, textOf($response?.body)) : undefined;
        if (named)
            return failed('error-response', named.message, named.code);
        return failed(kindOfPage(status), formatType($response?.headers));
    }
    if (proxy && error instanceof proxy_tunnel/* ProxyError */.T6 && error.status !== undefined) {
        const message = `the proxy ${(0,proxy_address/* formatProxy */.yt)(proxy)} answered ${error.status} and opened no tunnel to the host`;
        const refusal = {
            kind: 'proxy-refusal',
            code: '',
            status: error.status,
            message,
            isOfNewSession,
        };
        return new remote_failure/* RemoteFailure */.p(operation, refusal, { cause: error });
    }
    if (error.name === 'TimeoutError' && code !== 'ECONNRESET')
        return noAnswer(operation, 'no answer in time', error, isOfNewSession);
    if (code === undefined)
        return error;
    return failed((0,certificate_error/* isCertificateError */.Y)(code) ? 'untrusted' : 'no-response', error.message, code);
}
function withoutAbsent(fields) {
    return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}


/***/ })

};
;