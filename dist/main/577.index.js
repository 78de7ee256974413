"use strict";
exports.id = 577;
exports.ids = [577];
exports.modules = {

/***/ 3836:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   h: () => (/* binding */ InvalidValue)
/* harmony export */ });
class InvalidValue extends Error {
    name = 'InvalidValue';
}


/***/ }),

/***/ 320:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   FV: () => (/* binding */ escapeMarkdown),
/* harmony export */   Fw: () => (/* binding */ escapeMermaid),
/* harmony export */   SV: () => (/* binding */ truncateLines),
/* harmony export */   UN: () => (/* binding */ escapeControls),
/* harmony export */   _P: () => (/* binding */ escapeLogLine),
/* harmony export */   hD: () => (/* binding */ quote)
/* harmony export */ });
function escapeControls(text) {
    return text.replaceAll(INVISIBLE, character => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Default_Ignorable_Code_Point}]/gu;
const MAX_QUOTE_LENGTH = 200;
function quote(text) {
    return text.length > MAX_QUOTE_LENGTH
        ? `(a value of ${text.length} characters)`
        : `"${escapeControls(text)}"`;
}
const MAX_LINE_LENGTH = 1000;
function truncateLines(text) {
    return text
        .split('\n')
        .map(line => line.length > MAX_LINE_LENGTH ? `${line.slice(0, MAX_LINE_LENGTH)}… (${line.length} characters)` : line)
        .join('\n');
}
function escapeLogLine(text) {
    return text
        .split('\n')
        .map(line => hideCommand(escapeControls(line)))
        .join('\n');
}
function hideCommand(line) {
    const trimmed = line.trimStart();
    const indent = line.slice(0, line.length - trimmed.length);
    const text = trimmed.startsWith('::') ? `\\u{3a}${trimmed.slice(1)}` : trimmed;
    return `${indent}${text.replaceAll('##[', '# #[')}`;
}
function escapeMarkdown(text) {
    return escapeControls(truncateLines(text)).replaceAll(/[^A-Za-z0-9 .,:/=-]|(?<=:)\/|(?<=www)\./gu, encodeForHtml);
}
function encodeForHtml(character) {
    return `&#${character.codePointAt(0)};`;
}
const LONGEST_LABEL = 120;
function escapeMermaid(text) {
    return escapeControls(text.slice(0, LONGEST_LABEL)).replaceAll(/[^A-Za-z0-9 .,/=-]/gu, character => `#${character.codePointAt(0)};`);
}


/***/ }),

/***/ 4479:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   B8: () => (/* binding */ parseAssumedRoleArn),
/* harmony export */   DM: () => (/* binding */ parseRoleArn),
/* harmony export */   JG: () => (/* binding */ isAccountId),
/* harmony export */   Ue: () => (/* binding */ parseUserArn),
/* harmony export */   bH: () => (/* binding */ formatArn),
/* harmony export */   go: () => (/* binding */ parseCallerArn),
/* harmony export */   yn: () => (/* binding */ isRoleName)
/* harmony export */ });
const PARTITION = '(?<partition>aws[a-z-]*)';
const ACCOUNT = '(?<accountId>\\d{12})';
const PATH = '(?<path>/(?:[\\w+=,.@-]+/)*)';
const ANY_PATH = '(?<path>/(?:[\\x21-\\x7e]+/)?)';
const NAME = '[\\w+=,.@-]{1,64}';
const SESSION = '(?<sessionName>[\\w+=,.@-]{2,64})';
const ROLE_ARN = new RegExp(`^arn:${PARTITION}:iam::${ACCOUNT}:role${PATH}(?<roleName>${NAME})$`);
const USER_ARN = userArnPattern(PATH);
const USER_ARN_OF_AWS = userArnPattern(ANY_PATH);
const ASSUMED_ROLE_ARN = new RegExp(`^arn:${PARTITION}:sts::${ACCOUNT}:assumed-role/(?<roleName>${NAME})/${SESSION}$`);
const ROLE_NAME = new RegExp(`^${NAME}$`);
const ACCOUNT_ID = new RegExp(`^${ACCOUNT}$`);
function userArnPattern(path) {
    return new RegExp(`^arn:${PARTITION}:iam::${ACCOUNT}:user${path}(?<userName>${NAME})$`);
}
function isAccountId(text) {
    return ACCOUNT_ID.test(text);
}
function isRoleName(text) {
    return ROLE_NAME.test(text);
}
function parseRoleArn(text) {
    const parts = ROLE_ARN.exec(text)?.groups;
    return parts && { kind: 'role', ...parts };
}
function parseUserArn(text) {
    return userArn(USER_ARN.exec(text));
}
function userArn(match) {
    const parts = match?.groups;
    return parts && { kind: 'user', ...parts };
}
function parseAssumedRoleArn(text) {
    const parts = ASSUMED_ROLE_ARN.exec(text)?.groups;
    return parts && { kind: 'assumed-role', ...parts };
}
function parseCallerArn(text) {
    return parseAssumedRoleArn(text) ?? userArn(USER_ARN_OF_AWS.exec(text));
}
function formatArn(arn) {
    const { partition, accountId } = arn;
    switch (arn.kind) {
        case 'role':
            return `arn:${partition}:iam::${accountId}:role${arn.path}${arn.roleName}`;
        case 'assumed-role':
            return `arn:${partition}:sts::${accountId}:assumed-role/${arn.roleName}/${arn.sessionName}`;
        case 'user':
            return `arn:${partition}:iam::${accountId}:user${arn.path}${arn.userName}`;
    }
}


/***/ }),

/***/ 640:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   m: () => (/* binding */ isKey)
/* harmony export */ });
function isKey(text) {
    return text !== undefined && /^[\x21-\x7e]+$/.test(text);
}


/***/ }),

/***/ 6568:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Y: () => (/* binding */ isCertificateError)
/* harmony export */ });
const CERTIFICATE_CODES = /^(CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|INVALID_CA|ERR_TLS_CERT_)/;
function isCertificateError(code) {
    return CERTIFICATE_CODES.test(code);
}


/***/ }),

/***/ 2049:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   $: () => (/* binding */ isAboutTime),
/* harmony export */   Yy: () => (/* binding */ clockAheadMs),
/* harmony export */   gK: () => (/* binding */ isOff)
/* harmony export */ });
const LEAST_SKEW_MS = 4 * 60_000;
const TIME_CODES = ['RequestTimeTooSkewed', 'RequestExpired', 'RequestInTheFuture'];
const SIGNATURE_CODES = ['SignatureDoesNotMatch', 'InvalidSignatureException', 'AuthFailure'];
function isAboutTime({ code, message }) {
    if (TIME_CODES.includes(code))
        return true;
    return SIGNATURE_CODES.includes(code) && /signature (expired|not yet current)/i.test(message);
}
function isOff(milliseconds) {
    return Math.abs(milliseconds) >= LEAST_SKEW_MS;
}
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;
function clockAheadMs(headers, now) {
    const { date = '', age } = headers ?? {};
    if (age !== undefined || !HTTP_DATE.test(date))
        return undefined;
    const time = Date.parse(date);
    return Number.isNaN(time) ? undefined : time - now;
}


/***/ }),

/***/ 2481:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   YR: () => (/* binding */ parseProxy),
/* harmony export */   uQ: () => (/* binding */ decodeUserinfo),
/* harmony export */   yt: () => (/* binding */ formatProxy)
/* harmony export */ });
/* harmony import */ var _base_invalid_value_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(3836);

const WRITE = 'write http://HOST:PORT, or http://USER:PASSWORD@HOST:PORT';
const ENCODE = 'in USER and PASSWORD, write @ as %40, : as %3A and % as %25';
function parseProxy(text) {
    const address = /^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `http://${text}`;
    assertEncoded(address);
    if (/[\s\p{Cc}]/u.test(text) || !URL.canParse(address))
        throw new _base_invalid_value_js__WEBPACK_IMPORTED_MODULE_0__/* .InvalidValue */ .h(`is not the URL of a proxy: ${WRITE}${text.includes('@') ? `; ${ENCODE}` : ''}`);
    const url = new URL(address);
    if (url.protocol !== 'https:' && url.protocol !== 'http:')
        throw new _base_invalid_value_js__WEBPACK_IMPORTED_MODULE_0__/* .InvalidValue */ .h(`is a proxy that is neither http nor https: ${WRITE}`);
    if (url.pathname !== '/' || url.search || url.hash)
        throw new _base_invalid_value_js__WEBPACK_IMPORTED_MODULE_0__/* .InvalidValue */ .h(`has something behind the proxy's host and port: ${WRITE}`);
    url.username = encodeURIComponent(decodeUserinfo(url.username));
    url.password = encodeURIComponent(decodeUserinfo(url.password));
    return url;
}
const NEVER_IN_USERINFO = /[/?#\\\s\p{Cc}]/gu;
function assertEncoded(address) {
    const [, userinfo = ''] = /^[^:]+:\/\/(.*)@/s.exec(address) ?? [];
    const found = [...new Set(userinfo.match(NEVER_IN_USERINFO))];
    if (found.length === 0)
        return;
    const advice = found.map(character => `${nameOf(character)} as ${encodeURIComponent(character)}`).join(', ');
    throw new _base_invalid_value_js__WEBPACK_IMPORTED_MODULE_0__/* .InvalidValue */ .h(`has characters in its user or password that must be percent-encoded: write ${advice}`);
}
const NAMES = { ' ': 'a space', '\t': 'a tab', '\n': 'a line break' };
function nameOf(character) {
    if (/[/?#\\]/.test(character))
        return character;
    return NAMES[character] ?? `U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
}
function formatProxy({ protocol, hostname, port }) {
    return `${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`;
}
function decodeUserinfo(text) {
    try {
        return decodeURIComponent(text.replaceAll(/%(?![\da-f]{2})/gi, '%25'));
    }
    catch {
        throw new _base_invalid_value_js__WEBPACK_IMPORTED_MODULE_0__/* .InvalidValue */ .h('has a user or a password with a % that begins no UTF-8 character: write % as %25, and other characters percent-encoded as UTF-8');
    }
}


/***/ }),

/***/ 9099:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   p: () => (/* binding */ RemoteFailure)
/* harmony export */ });
/* harmony import */ var _base_text_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(320);

class RemoteFailure extends Error {
    name = 'RemoteFailure';
    operation;
    kind;
    code;
    status;
    clock;
    isOfNewSession;
    retryAfterSeconds;
    requestId;
    constructor(operation, failure, options) {
        super((0,_base_text_js__WEBPACK_IMPORTED_MODULE_0__/* .escapeControls */ .UN)(failure.message), options);
        this.operation = operation;
        this.kind = failure.kind;
        this.code = (0,_base_text_js__WEBPACK_IMPORTED_MODULE_0__/* .escapeControls */ .UN)(failure.code);
        this.status = failure.status;
        this.clock = failure.clock;
        this.isOfNewSession = failure.isOfNewSession ?? false;
        this.retryAfterSeconds = failure.retryAfterSeconds ?? 0;
        this.requestId = failure.requestId;
    }
    get summary() {
        const status = this.status === undefined ? '' : `HTTP ${this.status}`;
        const head = this.code && status ? `${this.code} (${status})` : this.code || status;
        return [head, this.message].filter(Boolean).join(': ');
    }
}


/***/ }),

/***/ 3989:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   E2: () => (/* binding */ isThrottling),
/* harmony export */   LC: () => (/* binding */ PROPAGATION_SECONDS),
/* harmony export */   LD: () => (/* binding */ decide),
/* harmony export */   Uz: () => (/* binding */ PROPAGATION_WAIT_MS),
/* harmony export */   Wv: () => (/* binding */ waitAfter),
/* harmony export */   mu: () => (/* binding */ parseRetryAfter),
/* harmony export */   rc: () => (/* binding */ MAX_MALFORMED)
/* harmony export */ });
/* harmony import */ var _clock_skew_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(2049);

const PROPAGATION_SECONDS = 10;
const PROPAGATION_WAIT_MS = 2_000;
const THROTTLING = [
    'BandwidthLimitExceeded',
    'EC2ThrottledException',
    'LimitExceededException',
    'PriorRequestNotComplete',
    'ProvisionedThroughputExceededException',
    'RequestLimitExceeded',
    'RequestThrottled',
    'RequestThrottledException',
    'SlowDown',
    'ThrottledException',
    'Throttling',
    'ThrottlingException',
    'TooManyRequestsException',
    'TransactionInProgressException',
];
const TIMEOUTS = ['RequestTimeout', 'RequestTimeoutException', 'TimeoutError'];
const ISSUER_UNREACHABLE = ['IDPCommunicationError', 'IDPCommunicationErrorException'];
const NOT_YET_PROPAGATED = ['InvalidClientTokenId', 'UnrecognizedClientException'];
const RULES = [
    { when: isFinalForIdToken, decision: 'final' },
    { when: ({ operation }) => operation === 'GetIdToken', decision: 'retry' },
    { when: ({ kind }) => kind === 'untrusted', decision: 'final' },
    { when: isRedirect, decision: 'final' },
    { when: ({ kind }) => kind === 'no-response' || kind === 'malformed-response', decision: 'retry' },
    { when: ({ status = 0 }) => isTransientStatus(status), decision: 'retry' },
    { when: isTransient, decision: 'retry' },
    { when: isKeyRetrieval, decision: 'retry' },
    { when: isExpiredIdToken, decision: 'retry-with-new-token' },
    { when: isSignedAtWrongTime, decision: 'retry-with-corrected-clock' },
    { when: isAwaitingPropagation, decision: 'awaiting-propagation' },
];
function isFinalForIdToken({ operation, kind, status = 0 }) {
    if (operation !== 'GetIdToken')
        return false;
    if (kind === 'untrusted')
        return true;
    return kind === 'proxy-refusal' ? !isTransientStatus(status) : [401, 403].includes(status);
}
function isTransientStatus(status) {
    return status === 408 || status === 429 || status >= 500;
}
function isTransient({ code }) {
    return [...THROTTLING, ...TIMEOUTS, ...ISSUER_UNREACHABLE].includes(code);
}
function isThrottling({ code, status }) {
    return status === 429 || THROTTLING.includes(code);
}
function isRedirect({ kind, status = 0 }) {
    return kind === 'malformed-response' && status >= 300;
}
function isKeyRetrieval({ code, message }) {
    return code.startsWith('InvalidIdentityToken') && /verification key/i.test(message);
}
function isExpiredIdToken({ operation, code }) {
    return operation === 'AssumeRoleWithWebIdentity' && code.startsWith('ExpiredToken');
}
function isSignedAtWrongTime(failure) {
    const { clock } = failure;
    return clock !== undefined && (0,_clock_skew_js__WEBPACK_IMPORTED_MODULE_0__/* .isAboutTime */ .$)(failure) && (0,_clock_skew_js__WEBPACK_IMPORTED_MODULE_0__/* .isOff */ .gK)(clock.aheadMs - clock.signedAheadMs);
}
function isAwaitingPropagation({ isOfNewSession, code }) {
    return isOfNewSession && NOT_YET_PROPAGATED.includes(code);
}
function decide(failure, asksDeniedAgain = false) {
    if (asksDeniedAgain && isDenied(failure))
        return 'retry-while-denied';
    return RULES.find(rule => rule.when(failure))?.decision ?? 'final';
}
function isDenied({ operation, code }) {
    return operation.startsWith('AssumeRole') && code.startsWith('AccessDenied');
}
const MAX_MALFORMED = 3;
const FIRST_CEILING_MS = 200;
const GROWTH = 4;
const MAX_CEILING_MS = 20_000;
const MAX_RETRY_AFTER_SECONDS = 300;
function waitAfter(attempt, chance, retryAfterSeconds = 0) {
    const jitter = chance * Math.min(MAX_CEILING_MS, FIRST_CEILING_MS * GROWTH ** (attempt - 1));
    return Math.round(jitter + 1000 * Math.min(MAX_RETRY_AFTER_SECONDS, retryAfterSeconds));
}
function parseRetryAfter(text, now) {
    if (text === undefined)
        return 0;
    const seconds = /^\d{1,9}$/.test(text.trim()) ? Number(text) : (Date.parse(text) - now) / 1000;
    return Number.isFinite(seconds) ? Math.max(0, seconds) : 0;
}


/***/ }),

/***/ 5895:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   C: () => (/* binding */ parseRequestId),
/* harmony export */   k: () => (/* binding */ UUID)
/* harmony export */ });
function parseRequestId(text) {
    return typeof text === 'string' && UUID.test(text) ? text : undefined;
}
const UUID = /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/i;


/***/ }),

/***/ 5577:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

// ESM COMPAT FLAG
__webpack_require__.r(__webpack_exports__);

// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  crash: () => (/* binding */ crash),
  run: () => (/* binding */ run)
});

;// CONCATENATED MODULE: ../build/core/base/failure.js
class GateError extends Error {
    name = 'GateError';
    code;
    hint;
    likelyCause;
    constructor(code, message, hint, options) {
        super(message, options);
        this.code = code;
        this.hint = hint;
        this.likelyCause = options?.likelyCause;
    }
    reworded(words) {
        const { code, cause, message, hint, likelyCause } = this;
        return new GateError(code, words.message ?? message, words.hint ?? hint, {
            cause,
            likelyCause: words.likelyCause ?? likelyCause,
        });
    }
}
class RunnerError extends Error {
}
function toGateError(error) {
    if (error instanceof GateError)
        return error;
    return new GateError('ERR_UNEXPECTED', traceOf(error), "This is a bug in AWS Role Gate, or an environment that it doesn't know. Report it with this log.", { cause: error });
}
function reasonOf(error) {
    return error instanceof Error ? error.message : String(error);
}
function traceOf(error) {
    if (error instanceof Error)
        return error.stack ?? error.message;
    try {
        return String(error);
    }
    catch {
        return 'a value that has no text was thrown';
    }
}

;// CONCATENATED MODULE: ../build/core/base/instant.js
function instant_formatInstant(instant) {
    return `${instant.toISOString().slice(0, 19)}Z`;
}

// EXTERNAL MODULE: ../build/core/base/text.js
var base_text = __webpack_require__(320);
// EXTERNAL MODULE: ../build/core/identity/arn.js
var identity_arn = __webpack_require__(4479);
;// CONCATENATED MODULE: ../build/core/identity/expectation.js

const ROLE_ASSUMED = {
    identities: 'role-assumed',
    roleIds: 'any',
    allowedAccountIds: 'any',
    forbiddenAccountIds: [],
};
const ANYONE = { ...ROLE_ASSUMED, identities: 'any' };
function expectRole(arn, written = (0,identity_arn/* formatArn */.bH)(arn)) {
    const { partition, accountId, roleName } = arn;
    return { kind: 'role', partition, accountId, roleName, written };
}
function parseExpectedIdentity(text, home) {
    const role = (0,identity_arn/* parseRoleArn */.DM)(text);
    if (role)
        return expectRole(role, text);
    const session = (0,identity_arn/* parseAssumedRoleArn */.B8)(text);
    if (session)
        return { ...expectRole(session, text), sessionName: session.sessionName };
    const anySession = (0,identity_arn/* parseAssumedRoleArn */.B8)(`${text}/any`);
    if (anySession)
        return expectRole(anySession, text);
    const user = (0,identity_arn/* parseUserArn */.Ue)(text);
    if (user)
        return user;
    if (home && (0,identity_arn/* isRoleName */.yn)(text))
        return { kind: 'role', ...home, roleName: text, written: text };
    return undefined;
}
function formatWithComparable(expected) {
    const comparable = comparableArn(expected);
    const written = expected.kind === 'user' ? comparable : expected.written;
    return written === comparable ? written : `${written} (${comparable})`;
}
function comparableArn(expected) {
    if (expected.kind === 'user')
        return (0,identity_arn/* formatArn */.bH)(expected);
    const { partition, accountId, roleName, sessionName } = expected;
    const role = `arn:${partition}:sts::${accountId}:assumed-role/${roleName}`;
    return sessionName ? `${role}/${sessionName}` : role;
}

// EXTERNAL MODULE: ../build/core/base/invalid-value.js
var invalid_value = __webpack_require__(3836);
;// CONCATENATED MODULE: ../build/core/network/endpoint-url.js


function parseEndpoint(text) {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
        throw new invalid_value/* InvalidValue */.h('is not an https URL: write https://HOST, or http://HOST for a server of your own');
    }
    if (url.username || url.password)
        throw new invalid_value/* InvalidValue */.h('holds a user or a password, which an endpoint does not take');
    if (url.search || url.hash)
        throw new invalid_value/* InvalidValue */.h(`${(0,base_text/* quote */.hD)(text)} holds a query or a fragment: write https://HOST`);
    return url;
}
function isLoopback({ hostname }) {
    return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

;// CONCATENATED MODULE: ../build/core/base/list-values.js


function parseList(text) {
    const lines = text.split(/\r?\n/).filter(line => line.trim() !== '');
    const rows = lines.map(line => line.split(',').map(element => element.trim()));
    const elements = rows.flat();
    if (rows.some(mixesArnsAndNames)) {
        throw new invalid_value/* InvalidValue */.h(`${(0,base_text/* quote */.hD)(text)} has an ARN and a name on one line: write one a line, and no name with a comma`);
    }
    if (elements.includes('')) {
        throw new invalid_value/* InvalidValue */.h(`${(0,base_text/* quote */.hD)(text)} has an empty element between commas: take the comma or the unset variable out`);
    }
    return elements;
}
function mixesArnsAndNames(row) {
    const isArn = (element) => element.startsWith('arn:');
    return row.some(isArn) && row.some(element => element !== '' && !isArn(element));
}
function parseListOr(text, keyword) {
    const elements = parseList(text);
    const lookalike = elements.find(element => element !== keyword && element.toLowerCase() === keyword);
    if (lookalike)
        throw new invalid_value/* InvalidValue */.h(`${(0,base_text/* quote */.hD)(lookalike)} looks like "${keyword}": write it in lower case`);
    if (!elements.includes(keyword))
        return elements;
    if (elements.length > 1)
        throw new invalid_value/* InvalidValue */.h(`"${keyword}" can't stand beside other values: write it alone or leave it out`);
    return keyword;
}
function parseAll(list, parse) {
    const wrong = [];
    const values = list.flatMap(element => {
        try {
            return [parse(element)];
        }
        catch (error) {
            if (!(error instanceof invalid_value/* InvalidValue */.h))
                throw error;
            wrong.push(error.message);
            return [];
        }
    });
    if (wrong.length > 0)
        throw new invalid_value/* InvalidValue */.h(wrong.join('; '));
    return values;
}

;// CONCATENATED MODULE: ../build/core/base/plain-values.js


const TRUE = ['true', 'True', 'TRUE'];
const FALSE = ['false', 'False', 'FALSE'];
function parseBoolean(text) {
    if (TRUE.includes(text))
        return true;
    if (FALSE.includes(text))
        return false;
    throw new invalid_value/* InvalidValue */.h(`${(0,base_text/* quote */.hD)(text)} is not a boolean: write true or false`);
}
function parseNumber(text, { least, most, unit }) {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : undefined;
    if (value === undefined || value < least || value > most) {
        throw new invalid_value/* InvalidValue */.h(`${(0,base_text/* quote */.hD)(text)} must be a number of ${unit} from ${least} to ${most}, in plain digits`);
    }
    return value;
}
function parseChoice(text, choices) {
    const choice = choices.find(candidate => candidate === text);
    if (choice === undefined)
        throw new invalid_value/* InvalidValue */.h(`${(0,base_text/* quote */.hD)(text)} is none of ${choices.join(', ')}`);
    return choice;
}
function isNone(text) {
    if (text !== 'none' && text.toLowerCase() === 'none')
        throw new invalid_value/* InvalidValue */.h(`${(0,base_text/* quote */.hD)(text)} looks like "none": write it in lower case`);
    return text === 'none';
}
function parseUnlessNone(parse) {
    return text => (isNone(text) ? undefined : parse(text));
}
function whyNotPlain(text) {
    if (/["'[\]]|^-\s|\s#/.test(text))
        return '; write the value alone, without quotes, brackets, dashes or comments';
    return /\s/.test(text) ? '; it holds white space' : '';
}

;// CONCATENATED MODULE: ../build/core/network/ip-address.js
function parseIpAddress(text) {
    return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}
function sharePrefix(one, other, length) {
    const rest = BigInt(one.bits - length);
    return one.bits === other.bits && one.value >> rest === other.value >> rest;
}
function parseIpv4(text) {
    if (!/^(?:(?:0|[1-9]\d{0,2})(?:\.(?!$)|$)){4}$/.test(text))
        return undefined;
    const octets = text.split('.').map(Number);
    if (octets.some(octet => octet > 255))
        return undefined;
    return { bits: 32, value: toValue(octets, 8) };
}
function parseIpv6(text) {
    if (!/^[\da-f:.]+$/i.test(text) || !URL.canParse(`http://[${text}]`))
        return undefined;
    const [head = '', tail] = new URL(`http://[${text}]`).hostname.slice(1, -1).split('::');
    const [before, after] = [groupsOf(head), groupsOf(tail ?? '')];
    const zeros = Array.from({ length: 8 - before.length - after.length }, () => 0);
    return { bits: 128, value: toValue([...before, ...zeros, ...after], 16) };
}
function groupsOf(text) {
    return text === '' ? [] : text.split(':').map(group => Number.parseInt(group, 16));
}
function toValue(digits, width) {
    return digits.reduce((value, digit) => (value << BigInt(width)) | BigInt(digit), 0n);
}

;// CONCATENATED MODULE: ../build/core/network/no-proxy.js



const ALL = [{ kind: 'all' }];
function parseNoProxy(text) {
    if (text.trim() === '*')
        return ALL;
    const wrong = elementsOf(text).filter(element => !parseRule(element));
    if (wrong.length > 0) {
        throw new invalid_value/* InvalidValue */.h(`${wrong.map(showElement).join(', ')}: write hosts, domains, IP addresses or CIDR blocks, with :PORT where one port is meant, or * alone`);
    }
    return parseKnownNoProxy(text);
}
function showElement(element) {
    return element.includes('@') ? 'an element with a user or a password' : (0,base_text/* quote */.hD)(element);
}
function parseKnownNoProxy(text) {
    if (text.trim() === '*')
        return ALL;
    return elementsOf(text).flatMap(element => parseRule(element) ?? []);
}
function bypassesProxy(url, rules) {
    const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
    const address = parseIpAddress(host);
    const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
    return rules.some(rule => {
        if (rule.kind === 'all')
            return true;
        if (rule.port !== undefined && rule.port !== port)
            return false;
        if (rule.kind === 'domain')
            return address === undefined && isWithin(host, rule);
        return address !== undefined && sharePrefix(rule.address, address, rule.prefix);
    });
}
function isWithin(host, { name, includesItself }) {
    return host.endsWith(`.${name}`) || (includesItself && host === name);
}
function elementsOf(text) {
    return text.split(/[\s,]+/).filter(element => element !== '');
}
function parseRule(element) {
    return parseNetwork(element, undefined) ?? parseWithPort(element);
}
function parseWithPort(element) {
    const { host = '', digits } = /^(?<host>[^:]+|\[.+\])(?::(?<digits>\d{1,5}))?$/.exec(element)?.groups ?? {};
    const port = digits === undefined ? undefined : Number(digits);
    if (port !== undefined && port > 65_535)
        return undefined;
    return parseNetwork(host, port) ?? parseDomain(host, port);
}
function parseNetwork(text, port) {
    const { bracketed, plain, length } = /^(?:\[(?<bracketed>[^\]:]*:[^\]]*)\]|(?<plain>[^[\]/]+))(?:\/(?<length>\d{1,3}))?$/.exec(text)?.groups ??
        {};
    const address = parseIpAddress(bracketed ?? plain ?? '');
    if (!address)
        return undefined;
    const prefix = length === undefined ? address.bits : Number(length);
    return prefix > address.bits ? undefined : { kind: 'network', address, prefix, port };
}
const NUMBERS_ALONE = /^[\d.]+$/;
function parseDomain(text, port) {
    const { star, name = '' } = /^(?:(?<star>\*)?\.)?(?<name>[\w-]+(?:\.[\w-]+)*)\.?$/.exec(text.toLowerCase())?.groups ?? {};
    if (name === '' || NUMBERS_ALONE.test(name))
        return undefined;
    return { kind: 'domain', name, includesItself: star === undefined, port };
}

// EXTERNAL MODULE: ../build/core/network/proxy-address.js
var proxy_address = __webpack_require__(2481);
;// CONCATENATED MODULE: ../build/core/base/json-object.js

function json_object_parseJsonObject(text) {
    const value = parseJson(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        throw new invalid_value/* InvalidValue */.h('is JSON, but no object: it must begin with { and end with }');
    }
    return value;
}
function parseJson(text) {
    try {
        return JSON.parse(text);
    }
    catch (error) {
        throw new invalid_value/* InvalidValue */.h(`is not JSON${placeOf(error, text)}: check its quotes, commas and braces`);
    }
}
function placeOf(error, text) {
    const position = error instanceof Error ? / at position (\d+)/.exec(error.message)?.[1] : undefined;
    if (position === undefined)
        return '';
    const before = text.slice(0, Number(position));
    return ` from line ${before.split('\n').length}, character ${before.length - before.lastIndexOf('\n')} on`;
}
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g;
function duplicateKeysIn(json) {
    const duplicates = [];
    const open = [];
    const tokens = json.match(TOKEN) ?? [];
    tokens.forEach((token, index) => {
        if (token === '{')
            open.push(new Set());
        if (token === '[')
            open.push(new Set());
        if (token === '}' || token === ']')
            open.pop();
        if (tokens[index + 1] !== ':')
            return;
        const key = JSON.parse(token);
        const keys = open.at(-1);
        if (keys?.has(key))
            duplicates.push(key);
        keys?.add(key);
    });
    return duplicates;
}

;// CONCATENATED MODULE: ../build/core/sts/session-tags.js



const ESSENTIAL = {
    Repository: 'GITHUB_REPOSITORY',
    Workflow: 'GITHUB_WORKFLOW',
    Action: 'GITHUB_ACTION',
    Actor: 'GITHUB_ACTOR',
    Commit: 'GITHUB_SHA',
    Branch: 'GITHUB_REF',
};
const DROPPABLE = {
    EventName: 'GITHUB_EVENT_NAME',
    BaseRef: 'GITHUB_BASE_REF',
    HeadRef: 'GITHUB_HEAD_REF',
    RunId: 'GITHUB_RUN_ID',
    Job: 'GITHUB_JOB',
    TriggeringActor: 'GITHUB_TRIGGERING_ACTOR',
};
function tagSourceOf(environment) {
    const names = [...Object.values(ESSENTIAL), ...Object.values(DROPPABLE)];
    return Object.fromEntries(names.map(name => [name, environment[name] ?? '']));
}
const GITHUB_TAG = { key: 'GitHub', value: 'Actions', droppable: false };
const OWN_KEYS = [GITHUB_TAG.key, ...Object.keys(ESSENTIAL), ...Object.keys(DROPPABLE)];
const MAX_TAGS = 50;
const MAX_KEY_LENGTH = 128;
const MAX_VALUE_LENGTH = 256;
const NOT_ALLOWED = /[^\p{L}\p{Z}\p{N}_.:/=+\-@]/gu;
function sessionTags(run, custom) {
    return [GITHUB_TAG, ...runTags(run, ESSENTIAL, false), ...runTags(run, DROPPABLE, true), ...custom];
}
function runTags(run, variables, droppable) {
    return Object.entries(variables).flatMap(([key, variable]) => {
        const value = run[variable];
        return value ? [{ key, value: toTagValue(value), droppable }] : [];
    });
}
function toTagValue(text) {
    const cut = text.replaceAll(NOT_ALLOWED, '_').slice(0, MAX_VALUE_LENGTH);
    return cut.replace(/[\ud800-\udbff]$/, '');
}
function essentialTags(tags) {
    return tags.filter(({ droppable }) => !droppable);
}
function transitiveTagKeys(wanted, tags) {
    const present = new Set(tags.map(({ key }) => key));
    const distinct = [...new Set(wanted)];
    return {
        keys: distinct.filter(key => present.has(key)),
        unknown: distinct.filter(key => !present.has(key)),
    };
}
function parseCustomTags(text) {
    const object = json_object_parseJsonObject(text);
    const entries = Object.entries(object);
    const problems = [
        ...entries.flatMap(([key, value]) => [...keyProblems(key), ...valueProblems(key, value)]),
        ...repeatedKeys(text, object),
        ...spellingsOfOneKey(Object.keys(object)),
        ...countProblems(entries.length),
    ];
    if (problems.length > 0)
        throw new invalid_value/* InvalidValue */.h(problems.join('; '));
    return entries.map(([key, value]) => ({ key, value: String(value), droppable: false }));
}
function keyProblems(key) {
    if (key === '')
        return ['a key is empty: give the tag a name'];
    const what = `the key ${(0,base_text/* quote */.hD)(key)}`;
    const own = OWN_KEYS.find(candidate => candidate.toLowerCase() === key.toLowerCase());
    return [
        ...textProblems(what, key, MAX_KEY_LENGTH),
        ...(own ? [`${what} is that of a tag that the action sends itself (${own}): choose another`] : []),
    ];
}
function valueProblems(key, value) {
    const what = `the value of ${(0,base_text/* quote */.hD)(key)}`;
    if (typeof value === 'object')
        return [`${what} is ${kindOf(value)}: write a string, a number, true or false`];
    if (typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER)
        return [`${what} is a number too large to be kept as it is: write it in quotes`];
    return textProblems(what, String(value), MAX_VALUE_LENGTH);
}
function kindOf(value) {
    if (value === null)
        return 'null';
    return Array.isArray(value) ? 'a list' : 'an object';
}
function textProblems(what, text, longest) {
    const problems = [];
    if (text.length > longest)
        problems.push(`${what} has ${text.length} characters: AWS takes ${longest}`);
    if (text.startsWith('aws:'))
        problems.push(`${what} begins with aws:, which AWS keeps for itself`);
    const found = new Set(text.match(NOT_ALLOWED));
    if (found.size > 0) {
        problems.push(`${what} holds ${(0,base_text/* quote */.hD)([...found].join(''))}: AWS takes letters, digits, blanks and _.:/=+-@ in tags`);
    }
    return problems;
}
function repeatedKeys(text, object) {
    const repeated = new Set(duplicateKeysIn(text).filter(key => Object.hasOwn(object, key)));
    return [...repeated].map(key => `the key ${(0,base_text/* quote */.hD)(key)} stands twice: take one of them out`);
}
function spellingsOfOneKey(keys) {
    const first = new Map();
    return keys.flatMap(key => {
        const other = first.get(key.toLowerCase());
        if (other === undefined)
            first.set(key.toLowerCase(), key);
        return other === undefined
            ? []
            : [
                `the keys ${(0,base_text/* quote */.hD)(other)} and ${(0,base_text/* quote */.hD)(key)} differ in case alone, and are one to AWS: keep one of them`,
            ];
    });
}
function countProblems(count) {
    const most = MAX_TAGS - OWN_KEYS.length;
    if (count <= most)
        return [];
    return [
        `has ${count} tags: AWS takes ${MAX_TAGS}, of which the action sends ${OWN_KEYS.length}, so write ${most} at most`,
    ];
}

;// CONCATENATED MODULE: ../build/core/base/pattern.js
function matchesPattern(text, pattern) {
    const [first = '', ...rest] = pattern.split('*');
    const last = rest.pop();
    if (last === undefined)
        return text.length === first.length && matchesAt(text, first, 0);
    const end = text.length - last.length;
    if (end < first.length || !matchesAt(text, first, 0) || !matchesAt(text, last, end))
        return false;
    let at = first.length;
    for (const part of rest) {
        const found = findPart(text, part, at);
        if (found < 0)
            return false;
        at = found + part.length;
    }
    return at <= end;
}
function findPart(text, part, from) {
    if (!part.includes('?'))
        return text.indexOf(part, from);
    for (let at = from; at + part.length <= text.length; at++) {
        if (matchesAt(text, part, at))
            return at;
    }
    return -1;
}
function matchesAt(text, part, at) {
    for (let index = 0; index < part.length; index++) {
        if (part[index] !== '?' && part[index] !== text[at + index])
            return false;
    }
    return true;
}
function hasWildcard(pattern) {
    return /[*?]/.test(pattern.replaceAll(/\$\{[*?$]\}/g, ''));
}

;// CONCATENATED MODULE: ../build/core/token/claim-values.js
function claimValues(claims, name) {
    const claim = Object.hasOwn(claims, name) ? claims[name] : undefined;
    const list = Array.isArray(claim) ? claim : [claim];
    return list.filter(value => ['string', 'number', 'boolean'].includes(typeof value)).map(String);
}

;// CONCATENATED MODULE: ../build/core/token/required-claims.js





const LINE = /^(?<claim>[\w.-]+)\s*(?<operator>[=~])\s*(?<text>.+)$/;
function parseRequiredClaims(input) {
    if (input === 'none')
        return [];
    const lines = input.split(/\r?\n/).map(line => line.trim());
    const required = new Map();
    for (const line of lines.filter(Boolean)) {
        const parts = LINE.exec(line)?.groups;
        if (!parts)
            throw new invalid_value/* InvalidValue */.h(`${(0,base_text/* quote */.hD)(line)} is neither claim=value nor claim~pattern`);
        const { claim, operator, text } = parts;
        const alternative = { kind: operator === '=' ? 'value' : 'pattern', text };
        const others = required.get(claim);
        if (others)
            others.push(alternative);
        else
            required.set(claim, [alternative]);
    }
    return Array.from(required, ([claim, alternatives]) => ({ claim, alternatives }));
}
function formatRequiredClaims(required) {
    return required.flatMap(({ claim, alternatives }) => alternatives.map(({ kind, text }) => `${claim}${kind === 'value' ? '=' : '~'}${text}`));
}
function failedClaims(required, { all }) {
    return required.filter(({ claim, alternatives }) => {
        return !claimValues(all, claim).some(value => alternatives.some(({ kind, text }) => isMet(kind, text, value)));
    });
}
function assertClaims(required, claims) {
    const { all } = claims;
    const wrong = failedClaims(required, claims);
    if (wrong.length === 0)
        return;
    const lines = wrong.map(({ claim, alternatives }) => {
        const wanted = alternatives
            .map(({ kind, text }) => `${kind === 'pattern' ? 'like ' : ''}${(0,base_text/* quote */.hD)(text)}`)
            .join(' or ');
        return `- ${claim}: expected ${wanted}, got ${formatClaim(all, claim)}`;
    });
    throw new GateError('ERR_CLAIM_MISMATCH', `this run's token doesn't match required-claims\n${lines.join('\n')}`, 'AWS was not called, and no credentials were exported. If this run should pass, correct required-claims. If not, the gate did its job.');
}
function isMet(kind, wanted, actual) {
    return kind === 'value' ? actual === wanted : matchesPattern(actual, wanted);
}
function formatClaim(all, claim) {
    if (!Object.hasOwn(all, claim))
        return 'no such claim';
    const values = claimValues(all, claim);
    return values.length > 0 ? values.map(value => `"${(0,base_text/* escapeControls */.UN)(value)}"`).join(', ') : 'no text';
}

;// CONCATENATED MODULE: ../build/core/token/issuer.js
function withoutScheme(issuer) {
    return issuer.replace(/^https:\/\//, '');
}

;// CONCATENATED MODULE: ../build/core/identity/verdict.js





const GUARDS = ['caller', 'identity', 'role id', 'account'];
class Mismatch {
    kind = 'mismatch';
    expected;
    caller;
    differences;
    requestId;
    constructor(expected, session, caller, differences) {
        this.requestId = requestIdOf(session, caller);
        this.expected = expected;
        this.caller = caller;
        this.differences = differences;
    }
    get isContradiction() {
        return this.differences.length > 0 && !this.differences.some(({ about }) => GUARDS.includes(about));
    }
}
function requestIdOf({ origin, requestId }, caller) {
    return origin.kind === 'assumed' ? requestId : caller.requestId;
}
let createMatch;
let isGenuine;
class Match {
    kind = 'match';
    #target;
    #session;
    #caller;
    #identity;
    static {
        createMatch = (target, session, caller, identity) => new Match(target, session, caller, identity);
        isGenuine = match => #session in match;
    }
    constructor(target, session, caller, identity) {
        this.#target = target;
        this.#session = session;
        this.#caller = caller;
        this.#identity = identity;
    }
    get target() {
        return this.#target;
    }
    get session() {
        return this.#session;
    }
    get caller() {
        return this.#caller;
    }
    get identity() {
        return this.#identity;
    }
    get requestId() {
        return requestIdOf(this.#session, this.#caller);
    }
}
function verifyIdentity(target, session, caller) {
    const { identity, differences } = compare(target.expected, session, caller);
    return identity && differences.length === 0
        ? createMatch(target, session, caller, identity)
        : new Mismatch(target.expected, session, caller, differences);
}
function verifyIntermediate(session, caller) {
    const expected = session.origin.kind === 'assumed' ? ROLE_ASSUMED : ANYONE;
    const { identity, differences } = compare(expected, session, caller);
    if (identity && differences.length === 0)
        return identity;
    throw mismatchFailure(new Mismatch(expected, session, caller, differences), 'intermediate role of a chain');
}
function compare(expected, session, caller) {
    const identity = (0,identity_arn/* parseCallerArn */.go)(caller.arn);
    const differences = [
        ...(identity
            ? identityDifferences(identitiesFor(session, expected), identity, caller)
            : [notAnIdentity(caller)]),
        ...roleIdDifferences(expected.roleIds, caller, identity),
        ...accountIdsIn(caller).flatMap(accountId => accountDifferences(expected, accountId)),
        ...(identity ? userIdDifferences(identity, caller) : []),
        ...accountIdDifferences(caller),
        ...crossCheckDifferences(session, caller),
    ];
    return { identity, differences };
}
function assertGenuine(match) {
    if (!isGenuine(match))
        throw new TypeError('this match was not made by verifyIdentity');
}
function assertMatch(verdict) {
    if (verdict.kind === 'match')
        return verdict;
    throw mismatchFailure(verdict);
}
function mismatchFailure(mismatch, likelyCause) {
    const lines = [...mismatch.differences.map(formatDifference), ...formatRequestId(mismatch)];
    return new GateError('ERR_IDENTITY_MISMATCH', `the credentials belong to ${(0,base_text/* escapeControls */.UN)(mismatch.caller.arn)}\n${lines.join('\n')}`, `No credentials were exported. ${adviceOn(mismatch)}`, {
        cause: mismatch,
        likelyCause: mismatch.isContradiction ? 'contradicting responses' : likelyCause,
    });
}
function adviceOn(mismatch) {
    if (mismatch.isContradiction)
        return "STS's responses contradict each other or the token. Don't change the guards. Check sts-endpoint, the proxy and the runner's network.";
    const wasRecreated = mismatch.differences.some(({ about }) => about === 'role id')
        ? ', whether the role was deleted and created again'
        : '';
    return `If this is the identity you want, update the guard that differs. If it isn't, check role-to-assume${wasRecreated}, and whether an earlier step replaced the credentials.`;
}
function formatRequestId({ requestId }) {
    return requestId === undefined ? [] : [`- request ID: ${requestId}`];
}
function formatDifference({ about, expected, actual, note }) {
    return `- ${about}: expected ${(0,base_text/* escapeControls */.UN)(expected)}, got ${(0,base_text/* escapeControls */.UN)(actual)}${note ? ` (${note})` : ''}`;
}
function notAnIdentity(caller) {
    return { about: 'caller', expected: 'a role session or an IAM user', actual: caller.arn };
}
function identitiesFor({ origin }, { identities }) {
    if (identities !== 'role-assumed')
        return identities;
    return origin.kind === 'assumed' ? [expectRole(origin.role)] : [];
}
function identityDifferences(expected, identity, caller) {
    if (expected === 'any' || expected.some(candidate => isSameIdentity(candidate, identity)))
        return [];
    const difference = {
        about: 'identity',
        expected: expected.map(formatWithComparable).join(' or ') || 'an assumed role, but no role was assumed',
        actual: caller.arn,
    };
    const note = noteOnNearMiss(expected, identity);
    return [note ? { ...difference, note } : difference];
}
function isSameIdentity(expected, actual) {
    return comparableArn(expected) === comparableLike(expected, actual);
}
function comparableLike(expected, actual) {
    return actual.kind === 'user' || 'sessionName' in expected
        ? (0,identity_arn/* formatArn */.bH)(actual)
        : comparableArn(expectRole(actual));
}
function noteOnNearMiss(expected, actual) {
    if (expected.some(candidate => differsInCaseAlone(candidate, actual))) {
        return 'they differ in case alone: write it as AWS does';
    }
    const roles = expected.filter(candidate => candidate.kind === 'role');
    if (actual.kind === 'user')
        return roles.length > 0 ? 'not a role session' : undefined;
    const namesakes = roles.filter(({ roleName, partition }) => roleName === actual.roleName && partition === actual.partition);
    if (namesakes.length === 0)
        return undefined;
    const isSameAccount = namesakes.some(({ accountId }) => accountId === actual.accountId);
    return isSameAccount ? 'another session of the same role' : 'a role of the same name in another account';
}
function differsInCaseAlone(expected, actual) {
    return comparableArn(expected).toLowerCase() === comparableLike(expected, actual).toLowerCase();
}
function roleIdOf(caller) {
    return caller.userId.replace(/:.*/s, '');
}
function roleIdDifferences(expected, caller, identity) {
    const actual = roleIdOf(caller);
    if (expected === 'any' || expected.includes(actual))
        return [];
    const difference = { about: 'role id', expected: expected.join(' or '), actual };
    const note = 'a role that was deleted and made again has another id';
    return [identity?.kind === 'assumed-role' ? { ...difference, note } : difference];
}
function accountDifferences({ allowedAccountIds, forbiddenAccountIds }, accountId) {
    const differences = [];
    if (allowedAccountIds !== 'any' && !allowedAccountIds.includes(accountId)) {
        differences.push({ about: 'account', expected: allowedAccountIds.join(' or '), actual: accountId });
    }
    if (forbiddenAccountIds.includes(accountId)) {
        differences.push({
            about: 'account',
            expected: `none of ${forbiddenAccountIds.join(', ')}`,
            actual: accountId,
        });
    }
    return differences;
}
function accountIdsIn({ arn, accountId }) {
    return [...new Set([arn.split(':')[4] ?? '', accountId])];
}
function accountIdDifferences(caller) {
    const [expected = '', actual] = accountIdsIn(caller);
    return actual === undefined ? [] : [{ about: 'Account vs. caller ARN', expected, actual }];
}
function userIdDifferences(identity, caller) {
    const tail = identity.kind === 'assumed-role' ? `:${identity.sessionName}` : '';
    const id = roleIdOf(caller);
    if (/^[A-Z0-9]{4,128}$/.test(id) && caller.userId === `${id}${tail}`)
        return [];
    return [{ about: 'UserId vs. caller ARN', expected: `ID${tail}`, actual: caller.userId }];
}
function crossCheckDifferences({ assumedRole, claims }, caller) {
    const { arn } = assumedRole;
    const differences = claims ? tokenDifferences(assumedRole, claims) : [];
    if (arn === undefined || arn === caller.arn)
        return differences;
    const about = 'AssumedRoleUser vs. caller ARN';
    return [{ about, expected: arn, actual: caller.arn }, ...differences];
}
function tokenDifferences({ subject, audience, provider }, claims) {
    const differences = [];
    if (subject !== undefined && subject !== claims.subject) {
        differences.push({ about: 'SubjectFromWebIdentityToken', expected: claims.subject, actual: subject });
    }
    if (audience !== undefined && !claims.audiences.includes(audience)) {
        differences.push({
            about: 'Audience of the token',
            expected: claims.audiences.join(' or '),
            actual: audience,
        });
    }
    if (provider !== undefined && issuerOfProvider(provider) !== normalIssuer(claims.issuer)) {
        differences.push({
            about: 'Provider of the token',
            expected: normalIssuer(claims.issuer),
            actual: provider,
        });
    }
    return differences;
}
function issuerOfProvider(provider) {
    return normalIssuer(provider.replace(/^.*?:oidc-provider\//s, ''));
}
function normalIssuer(issuer) {
    return withoutScheme(issuer).replace(/\/$/, '');
}

;// CONCATENATED MODULE: ../build/core/profiles/settings.js

const DEFAULTS_OF_PYTHON = 'DEFAULT';
function isProfileName(text) {
    return /^[\w.@+%:-]{1,64}$/.test(text) && text !== DEFAULTS_OF_PYTHON && !(text in {});
}
function profilePaths(environment, home, join) {
    const place = (named, name) => named ? named.replace(/^~(?=[\\/])/, () => home) : join(home, '.aws', name);
    return {
        credentials: place(environment.AWS_SHARED_CREDENTIALS_FILE, 'credentials'),
        config: place(environment.AWS_CONFIG_FILE, 'config'),
    };
}
function profileSettings(match, region) {
    assertGenuine(match);
    const { accessKeyId, secretAccessKey, sessionToken } = match.session.credentials;
    return {
        credentials: {
            aws_access_key_id: accessKeyId,
            aws_secret_access_key: secretAccessKey,
            ...(sessionToken ? { aws_session_token: sessionToken } : {}),
        },
        config: { region },
    };
}
function renewingSettings(command, region) {
    return { config: { credential_process: command, region } };
}

;// CONCATENATED MODULE: ../build/core/identity/arn-problems.js



function whyNotArn(text) {
    const reason = whyNotPlain(text) || whyNotOneArn(text);
    if (reason)
        return reason;
    if (/[*?]/.test(text))
        return '; it holds a pattern, and only equality is known here';
    if (!/^arn:/i.test(text))
        return '';
    const [scheme, , , , accountId = '', ...rest] = text.split(':');
    if (scheme !== 'arn')
        return '; it must begin with arn: in lower case';
    if (rest.length === 0)
        return '; a colon is missing: arn:PARTITION:SERVICE::ACCOUNT:RESOURCE';
    if (!(0,identity_arn/* isAccountId */.JG)(accountId))
        return `; its account ${(0,base_text/* quote */.hD)(accountId)} does not have exactly 12 digits`;
    const resource = rest.join(':');
    if (/\/$|\/\//.test(resource))
        return '; its name or a part of its path is blank';
    return whyNotResource(resource);
}
function whyNotOneArn(text) {
    return /arn:.*arn:/is.test(text) ? '; it looks like two ARNs run together: write one per line' : '';
}
function whyNotResource(resource) {
    const foreign = /[^\w+=,.@/-]/u.exec(resource)?.[0];
    return foreign === undefined
        ? ''
        : `; it contains ${(0,base_text/* quote */.hD)(foreign)}, and a path or name may only contain letters, digits and +=,.@_- here (IAM allows more in a path)`;
}
function whyNotRole(text) {
    if (/^arn:[^:]*:sts:/.test(text))
        return "; this is a session's ARN, not the role's";
    return /^arn:[^:]*:iam::\d{12}:(?!role\/)/.test(text)
        ? '; what follows the account must begin with role/'
        : '';
}

// EXTERNAL MODULE: ../build/core/identity/session.js
var session = __webpack_require__(640);
;// CONCATENATED MODULE: ../build/core/inputs/role-values.js






const PSEUDO_REGION = /(^|-)(fips|global)(-|$)/;
function parseRegion(text) {
    const isHostLabel = /^[a-z0-9-]{1,63}$/.test(text) && !text.startsWith('-') && !text.endsWith('-');
    if (!isHostLabel || PSEUDO_REGION.test(text)) {
        throw new invalid_value/* InvalidValue */.h(`${(0,base_text/* quote */.hD)(text)} is not a region: write its code, such as eu-west-1${whyNotPlain(text)}`);
    }
    return text;
}
function parseAccountId(text) {
    if (!(0,identity_arn/* isAccountId */.JG)(text)) {
        const lostZero = /^\d{1,11}$/.test(text) ? ' (YAML drops a leading 0 unless the ID is in quotes)' : '';
        throw new invalid_value/* InvalidValue */.h(`${(0,base_text/* quote */.hD)(text)} is not an account ID: it has exactly 12 digits${lostZero}${whyNotPlain(text)}`);
    }
    return text;
}
function parseRoleId(text) {
    if (!/^AROA[A-Z0-9]{4,124}$/.test(text)) {
        throw new invalid_value/* InvalidValue */.h(`${(0,base_text/* quote */.hD)(text)} is not a role's unique ID: it starts with AROA (aws iam get-role shows it as RoleId)`);
    }
    return text;
}
function parseRoleToAssume(text) {
    if (isNone(text))
        return 'none';
    return (0,identity_arn/* isRoleName */.yn)(text) ? { kind: 'role-name', roleName: text } : parseRole(text);
}
function parseRole(text) {
    const role = (0,identity_arn/* parseRoleArn */.DM)(text);
    if (!role) {
        throw new invalid_value/* InvalidValue */.h(`${(0,base_text/* quote */.hD)(text)} is not a role ARN: write arn:aws:iam::ACCOUNT:role/NAME${whyNotArn(text) || whyNotRole(text)}`);
    }
    return role;
}
function parseSessionName(text) {
    const name = text.replaceAll(/[^\w+=,.@-]/gu, '-').slice(0, 64);
    if (name.length < 2)
        throw new invalid_value/* InvalidValue */.h(`${(0,base_text/* quote */.hD)(text)} is too short for a session name: write 2 to 64 characters`);
    return name;
}
function parseExternalId(text) {
    if (!/^[\w+=,.@:/-]{2,1224}$/.test(text)) {
        throw new invalid_value/* InvalidValue */.h(`${(0,base_text/* quote */.hD)(text)} is not an external ID: write 2 to 1224 letters, digits and +=,.@:/_-`);
    }
    return text;
}
function parseSourceIdentity(text) {
    if (!/^[\w+=,.@-]{2,64}$/.test(text)) {
        throw new invalid_value/* InvalidValue */.h(`${(0,base_text/* quote */.hD)(text)} is not a source identity: write 2 to 64 letters, digits and +=,.@_-${whyNotPlain(text)}`);
    }
    return text;
}
function parseKey(text) {
    if (!(0,session/* isKey */.m)(text)) {
        throw new invalid_value/* InvalidValue */.h('contains whitespace or characters that keys never have: store it again without line breaks');
    }
    return text;
}

;// CONCATENATED MODULE: ../build/core/inputs/profile-values.js






const MAX_PROFILES = 100;
function parseProfileRoles(text) {
    const lines = text
        .split(/\r?\n/)
        .map(line => line.trim())
        .filter(line => line !== '');
    if (lines.length > MAX_PROFILES)
        throw new invalid_value/* InvalidValue */.h(`has ${lines.length} lines: write at most ${MAX_PROFILES} and put the rest in another step`);
    const profiles = parseAll(lines, parseProfileRole);
    const names = profiles.map(({ name }) => name);
    const twice = names.filter((name, index) => names.indexOf(name) < index);
    if (twice.length > 0)
        throw new invalid_value/* InvalidValue */.h(`names ${twice.map(base_text/* quote */.hD).join(', ')} more than once: write each once`);
    return profiles;
}
function parseProfileRole(line) {
    const sign = line.indexOf('=');
    if (sign < 0)
        throw new invalid_value/* InvalidValue */.h(`${(0,base_text/* quote */.hD)(line)} is not PROFILE=ROLE: write a profile's name, =, and the ARN of its role`);
    const [name, arn] = [line.slice(0, sign).trimEnd(), line.slice(sign + 1).trimStart()];
    if (holdsAnotherProfile(arn))
        throw new invalid_value/* InvalidValue */.h(`${(0,base_text/* quote */.hD)(line)} contains several profiles or a comma: write each profile on its own line`);
    try {
        return { name: parseProfileName(name), role: parseRole(arn) };
    }
    catch (error) {
        if (!(error instanceof invalid_value/* InvalidValue */.h))
            throw error;
        throw new invalid_value/* InvalidValue */.h(`in ${(0,base_text/* quote */.hD)(line)}, ${error.message}`);
    }
}
function holdsAnotherProfile(arn) {
    const role = arn.search(NEXT_ROLE);
    return arn.endsWith(',') || (role >= 0 && /[,\s]/.test(arn.slice(0, role)));
}
const NEXT_ROLE = /=\s*arn:/;
function parseSingleProfile(text) {
    if (NEXT_ROLE.test(text))
        throw new invalid_value/* InvalidValue */.h('contains a role; use aws-profiles');
    return parseProfileName(text);
}
function parseProfileName(text) {
    if (!isProfileName(text)) {
        throw new invalid_value/* InvalidValue */.h(`${(0,base_text/* quote */.hD)(text)} is not a profile name that all tools understand: write at most 64 letters, digits and _.@+%:-${whyNotPlain(text)}`);
    }
    return text;
}

;// CONCATENATED MODULE: ../build/core/inputs/session-policy.js





const MOST_CHARACTERS = 2048;
const MOST_POLICIES = 10;
const FOREIGN = /[^\t\n\r\u0020-\u00ff]/gu;
function parseInlinePolicy(text) {
    const policy = json_object_parseJsonObject(text);
    const problems = [...statementProblems(policy), ...characterProblems(text)];
    if (problems.length > 0)
        throw new invalid_value/* InvalidValue */.h(problems.join('; '));
    return minify(text);
}
function statementProblems(policy) {
    if (Object.hasOwn(policy, 'Statement'))
        return [];
    return ['has no Statement: write {"Version": "2012-10-17", "Statement": […]}'];
}
function characterProblems(text) {
    const foreign = new Set(text.match(FOREIGN));
    if (foreign.size === 0)
        return [];
    return [
        `contains ${(0,base_text/* quote */.hD)([...foreign].join(''))}, which AWS doesn't allow in a policy: use a \\uXXXX escape`,
    ];
}
function minify(json) {
    return json.replaceAll(/("(?:[^"\\]|\\.)*")|[ \t\n\r]/g, '$1');
}
const POLICY_ARN = /^arn:aws[a-z-]*:iam::(?:\d{12}|aws):policy\/(?:[\w+=,.@-]+\/)*[\w+=,.@-]{1,128}$/;
function parseManagedPolicies(text) {
    const arns = [...new Set(parseList(text))];
    const problems = arns.filter(arn => !POLICY_ARN.test(arn)).map(arnProblem);
    if (arns.length > MOST_POLICIES)
        problems.push(`has ${arns.length} policies: AWS allows at most ${MOST_POLICIES}`);
    if (problems.length > 0)
        throw new invalid_value/* InvalidValue */.h(problems.join('; '));
    return arns;
}
function arnProblem(text) {
    const reason = whyNotOneArn(text) || (text.includes(':iam::aws:') ? '' : whyNotArn(text));
    return `${(0,base_text/* quote */.hD)(text)} is not a managed policy: write arn:aws:iam::ACCOUNT:policy/NAME, with aws as the account of AWS managed policies${reason}`;
}
function policyProblems(inline, managed, partition) {
    return [...sizeProblems(inline ?? '', managed.join('')), ...foreignPolicies(managed, partition)];
}
function sizeProblems(inline, managed) {
    const total = inline.length + managed.length;
    if (total <= MOST_CHARACTERS)
        return [];
    const limit = `but AWS allows at most ${MOST_CHARACTERS}`;
    if (managed === '') {
        return [
            `inline-session-policy: has ${total} characters without whitespace, ${limit}: shorten it, or use managed-session-policies instead`,
        ];
    }
    if (inline === '')
        return [`managed-session-policies: has ${total} characters, ${limit}: list fewer policies`];
    return [
        `inline-session-policy, managed-session-policies: together they have ${total} characters (${inline.length} and ${managed.length}), ${limit}: shorten the policy or list fewer`,
    ];
}
function foreignPolicies(arns, partition) {
    const foreign = arns.filter(arn => !arn.startsWith(`arn:${partition}:`));
    if (foreign.length === 0)
        return [];
    return [
        `managed-session-policies: ${foreign.map(base_text/* quote */.hD).join(', ')} must be in the region's partition: write arn:${partition}:…`,
    ];
}

;// CONCATENATED MODULE: ../build/core/inputs/declared-inputs.js











function required(parse) {
    return { byDefault: '', blankIsError: true, parse };
}
function guard(byDefault, parse) {
    return { byDefault, blankIsError: true, parse };
}
function unlessNone(parse) {
    return guard('none', parseUnlessNone(parse));
}
function setting(byDefault, parse) {
    return { byDefault, blankIsError: false, parse };
}
function optional(parse) {
    return { byDefault: '', blankIsError: false, parse: text => (text === '' ? undefined : parse(text)) };
}
const DECLARED_INPUTS = {
    'aws-region': required(parseRegion),
    'role-to-assume': guard('none', parseRoleToAssume),
    audience: optional(text => text),
    'role-session-name': setting('GitHubActions', parseSessionName),
    'source-identity': optional(parseSourceIdentity),
    'role-duration-seconds': setting('3600', text => parseNumber(text, { least: 900, most: 43_200, unit: 'seconds' })),
    'role-external-id': optional(parseExternalId),
    'role-chaining': setting('false', parseBoolean),
    'role-chain': unlessNone(text => parseAll(parseList(text), parseRole)),
    'web-identity-token-file': optional(text => text),
    'aws-access-key-id': optional(parseKey),
    'aws-secret-access-key': optional(parseKey),
    'aws-session-token': optional(parseKey),
    'force-skip-oidc': setting('false', parseBoolean),
    'use-existing-credentials': setting('false', parseBoolean),
    'unset-current-credentials': setting('false', parseBoolean),
    'inline-session-policy': unlessNone(parseInlinePolicy),
    'managed-session-policies': unlessNone(parseManagedPolicies),
    'role-skip-session-tagging': setting('false', parseBoolean),
    'custom-tags': optional(parseCustomTags),
    'transitive-tag-keys': optional(parseList),
    'translate-env-variables': setting('false', parseTranslateEnvVariables),
    'expected-role': guard('role-to-assume', parseExpectedRole),
    'expected-role-id': guard('any', text => mapList(parseListOr(text, 'any'), parseRoleId)),
    'allowed-account-ids': guard('any', text => mapList(parseListOr(text, 'any'), parseAccountId)),
    'forbidden-account-ids': guard('none', text => mapList(parseListOr(text, 'none'), parseAccountId)),
    'required-claims': guard('none', parseRequiredClaims),
    'trust-policy': optional(text => text),
    'on-mismatch': setting('fail', text => parseChoice(text, ['fail', 'report'])),
    'output-env-credentials': optional(parseBoolean),
    'output-credentials': setting('false', parseBoolean),
    'aws-profile': optional(parseSingleProfile),
    'overwrite-aws-profile': setting('false', parseBoolean),
    'refresh-credentials': setting('false', parseBoolean),
    'aws-profiles': unlessNone(parseProfileRoles),
    'mask-aws-account-id': setting('false', parseBoolean),
    'job-summary': setting('true', parseBoolean),
    'sts-endpoint': optional(parseEndpoint),
    'use-fips-endpoint': optional(parseBoolean),
    'use-dualstack-endpoint': optional(parseBoolean),
    'sts-fallback-regions': optional(text => parseAll(parseList(text), parseRegion)),
    'http-proxy': optional(proxy_address/* parseProxy */.YR),
    'no-proxy': optional(parseNoProxy),
    'ca-bundle': optional(text => text),
    'retry-max-attempts': setting('12', text => parseNumber(text, { least: 0, most: 50, unit: 'attempts' })),
    'disable-retry': setting('false', parseBoolean),
    'retry-access-denied-seconds': setting('0', text => parseNumber(text, { least: 0, most: 900, unit: 'seconds' })),
    'action-timeout-s': setting('120', text => parseNumber(text, { least: 0, most: 86_400, unit: 'seconds' })),
    'special-characters-workaround': setting('false', parseBoolean),
};
const INPUT_NAMES = Object.keys(DECLARED_INPUTS);
function rawName(name) {
    return name.toUpperCase();
}
function parseEach(raw) {
    const values = {};
    const problems = [];
    const unparsed = new Set();
    for (const name of INPUT_NAMES) {
        try {
            values[name] = parseOne(DECLARED_INPUTS[name], raw[rawName(name)]);
        }
        catch (error) {
            if (!(error instanceof invalid_value/* InvalidValue */.h))
                throw error;
            problems.push(`${name}: ${error.message}`);
            unparsed.add(name);
        }
    }
    return { values: { ...values, unparsed }, problems };
}
function parseOne({ byDefault, blankIsError, parse }, text) {
    const given = (text ?? byDefault).trim();
    if (given === '' && blankIsError)
        throw new invalid_value/* InvalidValue */.h(blankProblem(byDefault));
    return parse(given || byDefault);
}
function blankProblem(byDefault) {
    if (byDefault === '')
        return 'is required, but blank or missing';
    return `is blank, perhaps from an unset variable: set a value, or write "${byDefault}" if you mean that`;
}
function parseTranslateEnvVariables(text) {
    if (parseBoolean(text))
        throw new invalid_value/* InvalidValue */.h('is true, but environment variables never set inputs here, because an earlier step can set them: set each input under `with:`, and remove this one or set it to false');
    return false;
}
function mapList(list, parse) {
    return typeof list === 'string' ? list : parseAll(list, parse);
}
function parseExpectedRole(text) {
    const list = parseListOr(text, 'any');
    return typeof list === 'string' ? list : parseListOr(text, 'role-to-assume');
}

// EXTERNAL MODULE: ../build/core/inputs/source-choice.js
var source_choice = __webpack_require__(8340);
;// CONCATENATED MODULE: ../build/core/inputs/input-checks.js





function sourceOf(values, environment) {
    return (0,source_choice/* chooseSource */.L)(factsOf(values, environment));
}
function factsOf(values, environment) {
    return {
        hasAccessKeys: hasAccessKeys(values),
        hasTokenFile: values['web-identity-token-file'] !== undefined,
        roleChaining: values['role-chaining'] ?? true,
        forceSkipOidc: values['force-skip-oidc'] ?? true,
        hasRole: assumesRole(values),
        offersIdToken: Boolean(environment.ACTIONS_ID_TOKEN_REQUEST_URL && environment.ACTIONS_ID_TOKEN_REQUEST_TOKEN),
    };
}
function assumesRole(values) {
    return values['role-to-assume'] !== 'none' || wantsProfiles(values);
}
function wantsProfiles(values) {
    return values.unparsed.has('aws-profiles') || values['aws-profiles'] !== undefined;
}
function wantsKeysInEnvironment(values) {
    if (values.unparsed.has('output-env-credentials') || values.unparsed.has('aws-profile'))
        return false;
    return values['output-env-credentials'] ?? (values['aws-profile'] === undefined && !wantsProfiles(values));
}
function switchOf(values, name, environment) {
    if (values[name] !== undefined)
        return values[name];
    if (values['sts-endpoint'])
        return false;
    const text = environment[SWITCH_VARIABLES[name]] ?? '';
    if (/^(false)?$/i.test(text))
        return false;
    return /^true$/i.test(text) ? true : undefined;
}
const SWITCH_VARIABLES = {
    'use-fips-endpoint': 'AWS_USE_FIPS_ENDPOINT',
    'use-dualstack-endpoint': 'AWS_USE_DUALSTACK_ENDPOINT',
};
function contradictions(values, { raw, partition, partitionOf, caBundleProblem, environment, }) {
    return [
        ...checkPartitions(values, partition),
        ...checkAccounts(values),
        ...checkKeys(values),
        ...(0,source_choice/* sourceConflicts */.Z)(factsOf(values, environment)).problems,
        ...checkRoles(values, partition, environment),
        ...checkDurations(values, environment),
        ...checkPolicies(values, partition),
        ...checkClaims(values, environment),
        ...checkEndpoints(values, environment),
        ...checkCaBundle(values, caBundleProblem),
        ...checkFallbackRegions(values, partition, partitionOf),
        ...checkDeniedRetry(values),
        ...checkProfiles(values, environment),
        ...checkRenewal(values, environment),
        ...checkSeveralRoles(values),
        ...checkNodeDebug(environment),
        ...checkRegionVariable(raw, environment),
    ];
}
function partitionProblems(name, actual, partition, region = '', place = '') {
    if (partition === undefined || actual === partition)
        return [];
    return [
        `${name}: ${place}its partition is ${actual}, but region ${region} belongs to ${partition}: write arn:${partition}:…`,
    ];
}
function checkPartitions(values, partition) {
    const { 'role-to-assume': role, 'role-chain': chain = [], 'aws-region': region } = values;
    const { 'aws-profiles': profiles = [] } = values;
    const first = typeof role === 'object' && role.kind === 'role' ? [role] : [];
    return [
        ...first.flatMap(each => partitionProblems('role-to-assume', each.partition, partition, region)),
        ...chain.flatMap(each => partitionProblems('role-chain', each.partition, partition, region)),
        ...profiles.flatMap(({ name, role }) => partitionProblems('aws-profiles', role.partition, partition, region, `in ${(0,base_text/* quote */.hD)(name)}, `)),
    ];
}
function checkAccounts(values) {
    const { 'allowed-account-ids': allowed, 'forbidden-account-ids': forbidden } = values;
    if (!Array.isArray(allowed) || !Array.isArray(forbidden))
        return [];
    const isForbidden = new Set(forbidden);
    const both = allowed.filter(accountId => isForbidden.has(accountId));
    return both.length > 0
        ? [
            `allowed-account-ids: ${both.join(', ')} ${both.length === 1 ? 'is also in forbidden-account-ids: remove it' : 'are also in forbidden-account-ids: remove each'} from one`,
        ]
        : [];
}
function hasAccessKeys(values) {
    return KEY_INPUTS.some(name => values.unparsed.has(name) || values[name] !== undefined);
}
const KEY_INPUTS = ['aws-access-key-id', 'aws-secret-access-key'];
function checkKeys(values) {
    const { 'aws-access-key-id': id, 'aws-secret-access-key': secret, 'aws-session-token': token } = values;
    const problems = [];
    if (id !== undefined && secret === undefined && !values.unparsed.has('aws-secret-access-key'))
        problems.push('aws-secret-access-key: is missing: set both keys or neither');
    if (id === undefined && secret !== undefined && !values.unparsed.has('aws-access-key-id'))
        problems.push('aws-access-key-id: is missing: set both keys or neither');
    if (token !== undefined && !hasAccessKeys(values))
        problems.push('aws-session-token: needs both key inputs: set aws-access-key-id and aws-secret-access-key');
    return problems;
}
function checkRoles(values, partition, environment) {
    const { 'role-to-assume': role, 'role-chain': chain = [] } = values;
    if (role === 'none' && chain.length > 0 && !wantsProfiles(values))
        return ['role-chain: continues from role-to-assume, which is none: write the first role there'];
    if (typeof role !== 'object' || role.kind === 'role')
        return [];
    const { kind } = sourceOf(values, environment);
    if (kind === 'access-keys' || kind === 'existing')
        return [];
    return [
        `role-to-assume: ${(0,base_text/* quote */.hD)(role.roleName)} has no account ID, and neither does a token: write the ARN (arn:${partition ?? 'aws'}:iam::ACCOUNT:role/${role.roleName})`,
    ];
}
const MAX_CHAINED_SECONDS = 3600;
function checkDurations(values, environment) {
    const { 'role-duration-seconds': seconds = 0, 'role-chain': chain = [] } = values;
    const startsFromSession = values['role-chaining'] && sourceOf(values, environment).kind === 'existing';
    const chaining = chain.length > 0 ? 'role-chain' : startsFromSession ? 'role-chaining' : undefined;
    if (!chaining || !assumesRole(values) || seconds <= MAX_CHAINED_SECONDS)
        return [];
    return [
        `role-duration-seconds: is ${seconds}, but role chaining (${chaining}) allows at most ${MAX_CHAINED_SECONDS}: lower it`,
    ];
}
function checkPolicies(values, partition) {
    const { 'inline-session-policy': inline, 'managed-session-policies': managed = [] } = values;
    const given = [
        ...(inline === undefined ? [] : ['inline-session-policy']),
        ...(managed.length === 0 ? [] : ['managed-session-policies']),
    ];
    if (given.length > 0 && !assumesRole(values))
        return [
            given.length === 1
                ? `${given.join()}: only applies to an assumed role, and role-to-assume is none: remove it`
                : `${given.join(', ')}: only apply to an assumed role, and role-to-assume is none: remove them`,
        ];
    return partition === undefined ? [] : policyProblems(inline, managed, partition);
}
function checkClaims(values, environment) {
    const { 'required-claims': required = [] } = values;
    const { kind } = sourceOf(values, environment);
    if (required.length === 0 || kind === 'oidc' || kind === 'token-file')
        return [];
    if (expectsToken(values))
        return [];
    return [
        "required-claims: needs a token, but the credentials come from elsewhere: remove it, or assume the role with GitHub's OIDC token",
    ];
}
function expectsToken(values) {
    const facts = {
        ...factsOf(values, {}),
        roleChaining: values['role-chaining'] ?? false,
        forceSkipOidc: values['force-skip-oidc'] ?? false,
        offersIdToken: true,
    };
    return (0,source_choice/* chooseSource */.L)(facts).kind === 'oidc';
}
function checkEndpoints(values, environment) {
    return ['use-fips-endpoint', 'use-dualstack-endpoint'].flatMap(name => {
        if (values[name] && values['sts-endpoint'])
            return [`${name}: only works with AWS's own endpoints: remove it or sts-endpoint`];
        if (switchOf(values, name, environment) !== undefined)
            return [];
        const variable = SWITCH_VARIABLES[name];
        return [
            `the environment: ${variable} is ${(0,base_text/* quote */.hD)(environment[variable] ?? '')}, which is neither true nor false: correct it, or set ${name}`,
        ];
    });
}
function checkCaBundle({ 'ca-bundle': path }, caBundleProblem) {
    if (path === undefined)
        return [];
    const reason = caBundleProblem(path);
    if (reason === undefined)
        return [];
    return [
        `ca-bundle: ${(0,base_text/* quote */.hD)(path)} can't be used: ${(0,base_text/* escapeControls */.UN)(reason)}: set the path, relative to the workspace, of a PEM file (-----BEGIN CERTIFICATE-----)`,
    ];
}
function checkFallbackRegions(values, partition, partitionOf) {
    const { 'sts-fallback-regions': regions = [], 'aws-region': first } = values;
    if (regions.length === 0)
        return [];
    if (values['sts-endpoint'])
        return ['sts-fallback-regions: not used with sts-endpoint: remove one of them'];
    const foreign = regions.filter(region => partition !== undefined && partitionOf(region) !== partition);
    const problems = foreign.map(region => `sts-fallback-regions: ${region} belongs to ${partitionOf(region)}, not to ${partition}: fallback regions must be in the same partition`);
    if (new Set([first, ...regions]).size <= regions.length)
        problems.push('sts-fallback-regions: lists a region twice, or repeats aws-region: remove the duplicate');
    return problems;
}
function checkDeniedRetry(values) {
    const { 'retry-access-denied-seconds': seconds = 0, 'action-timeout-s': limit = 0 } = values;
    if (seconds === 0)
        return [];
    if (values['disable-retry'])
        return ['retry-access-denied-seconds: retries, but disable-retry is true: remove one of them'];
    if (limit === 0 || seconds < limit)
        return [];
    return [
        `retry-access-denied-seconds: is ${seconds}, but the step times out after ${limit} s: lower it, or raise action-timeout-s`,
    ];
}
function checkProfiles(values, environment) {
    const { AWS_PROFILE: current } = environment;
    const name = values['aws-profile'];
    const problems = [];
    if (current && current !== name && wantsKeysInEnvironment(values) && makesCredentials(values)) {
        problems.push(`output-env-credentials: AWS_PROFILE is ${(0,base_text/* quote */.hD)(current)}, and some SDKs would use that profile instead of the verified keys: remove it from the env: or from the earlier step that exports it, name it in aws-profile, or set output-env-credentials to false`);
    }
    const leavesToTools = !makesCredentials(values) || values['use-existing-credentials'];
    if (leavesToTools)
        problems.push(...rivalSources(environment));
    if (leavesToTools || name !== undefined || wantsProfiles(values))
        problems.push(...oddPaths(environment));
    if (environment.AWS_SECURITY_TOKEN && (wantsKeysInEnvironment(values) || !makesCredentials(values)))
        problems.push('the environment: AWS_SECURITY_TOKEN is set, and botocore would use it instead of AWS_SESSION_TOKEN: remove it from the env: or from the earlier step that exports it');
    return problems;
}
function checkRenewal(values, environment) {
    if (!values['refresh-credentials'])
        return [];
    const problems = [];
    if (!values['aws-profile'] && !values.unparsed.has('aws-profile') && !wantsProfiles(values))
        problems.push('refresh-credentials: needs aws-profile or aws-profiles');
    if (values['output-env-credentials'])
        problems.push('output-env-credentials: is true with refresh-credentials, but SDKs would use those keys before the profile and never renew them: remove one of them');
    if (values['use-existing-credentials'])
        problems.push("use-existing-credentials: keeps credentials that refresh-credentials can't renew: remove one of them");
    if (values['http-proxy']?.password)
        problems.push("http-proxy: contains a password, which refresh-credentials would have to keep in a file: set HTTPS_PROXY in the job's env instead");
    if (sourceOf(values, environment).kind !== 'oidc' && !expectsToken(values))
        problems.push("refresh-credentials: needs GitHub's OIDC token for each renewal, but the credentials come from elsewhere: remove it, or assume the role with that token");
    return problems;
}
function checkSeveralRoles(values) {
    if (!wantsProfiles(values))
        return [];
    const { 'role-to-assume': role, 'expected-role': expected } = values;
    const given = {
        'role-to-assume': role !== undefined && role !== 'none',
        'role-chain': values['role-chain'] !== undefined,
        'aws-profile': values['aws-profile'] !== undefined,
        'expected-role': expected !== undefined && expected !== 'role-to-assume',
        'trust-policy': values['trust-policy'] !== undefined,
        'use-existing-credentials': values['use-existing-credentials'] === true,
        'output-env-credentials': values['output-env-credentials'] === true,
    };
    return Object.keys(given)
        .filter(name => given[name])
        .map(name => `${name}: applies to a single role: remove it or aws-profiles`);
}
function rivalSources(environment) {
    const { AWS_PROFILE: profile, AWS_DEFAULT_PROFILE: other, AWS_ACCESS_KEY_ID: key } = environment;
    const rivals = ['AWS_ACCESS_KEY_ID', 'AWS_WEB_IDENTITY_TOKEN_FILE'].filter(name => environment[name]);
    const ownOfBotocore = ['AWS_CREDENTIAL_FILE', 'BOTO_CONFIG'].filter(name => environment[name]);
    const problems = [];
    if (ownOfBotocore.length > 0 && !key)
        problems.push(`the environment: only botocore reads ${ownOfBotocore.join(' and ')} and may find keys there that aren't the verified ones: unset ${ownOfBotocore.length === 1 ? 'it' : 'them'}`);
    if (profile && rivals.length > 0)
        problems.push(`the environment: AWS_PROFILE and ${rivals.join(' and ')} are ${rivals.length === 1 ? 'both' : 'all'} set, and tools disagree on which wins: unset ${rivals.length === 1 ? 'one' : 'AWS_PROFILE or the others'}`);
    if (other && other !== profile && !key)
        problems.push('the environment: only some tools read AWS_DEFAULT_PROFILE: unset it, and set AWS_PROFILE');
    return problems;
}
function oddPaths(environment) {
    return ['AWS_SHARED_CREDENTIALS_FILE', 'AWS_CONFIG_FILE'].flatMap(name => {
        const path = environment[name] ?? '';
        if (!/\$|%[^%]+%|^~[^/]/.test(path))
            return [];
        return [
            `the environment: ${name} is ${(0,base_text/* quote */.hD)(path)}, and tools disagree on which file that is: write its path without variables, or with ~/ for the home folder`,
        ];
    });
}
function makesCredentials(values) {
    return assumesRole(values) || hasAccessKeys(values);
}
function checkNodeDebug({ NODE_DEBUG: debug }) {
    if (!debug)
        return [];
    return [
        `the environment: NODE_DEBUG is ${(0,base_text/* quote */.hD)(debug)}, and Node would print tokens before they are masked: unset it for this step`,
    ];
}
function checkRegionVariable(raw, { AWS_REGION: region }) {
    if (raw[rawName('aws-region')]?.trim() || !region)
        return [];
    return ['the environment: AWS_REGION is set, but inputs only come from `with:`: set aws-region there'];
}
function unusedInputs(values, environment) {
    const warnings = [
        ...(0,source_choice/* sourceConflicts */.Z)(factsOf(values, environment)).warnings,
        ...takenByAssumeRoleAlone(values, environment),
    ];
    if (values['output-env-credentials'] && !makesCredentials(values))
        warnings.push("output-env-credentials: is ignored, because existing credentials aren't exported again");
    const profile = values['aws-profile'] !== undefined ? 'aws-profile' : 'aws-profiles';
    const hasProfile = values[profile] !== undefined;
    if (hasProfile && !wantsKeysInEnvironment(values) && environment.AWS_ACCESS_KEY_ID)
        warnings.push(`${profile}: the environment has keys from an earlier step, and tools that use AWS_PROFILE may still pick those keys: use --profile, or set unset-current-credentials to true`);
    if (values['overwrite-aws-profile'] && !hasProfile)
        warnings.push('overwrite-aws-profile: is ignored, because no profile is written');
    const { kind } = sourceOf(values, environment);
    if (values['trust-policy'] !== undefined && kind !== 'oidc' && kind !== 'token-file')
        warnings.push('trust-policy: is ignored, because there is no token to check it against');
    return warnings;
}
function takenByAssumeRoleAlone(values, environment) {
    const { 'role-chain': chain = [], 'transitive-tag-keys': transitive = [] } = values;
    const given = ['role-external-id', 'source-identity', 'custom-tags', 'transitive-tag-keys'].filter(name => values[name] !== undefined);
    if (given.length === 0)
        return [];
    const names = given.join(', ');
    const { kind } = sourceOf(values, environment);
    if (!assumesRole(values))
        return [`${names}: ignored, because no role is assumed`];
    if (chain.length === 0 && (kind === 'oidc' || kind === 'token-file'))
        return [
            `${names}: ignored, because AssumeRoleWithWebIdentity doesn't accept ${given.length === 1 ? 'it' : 'them'}. Policies can test the token's claims`,
        ];
    if (values['role-skip-session-tagging'])
        return skippedTags(values);
    const tags = sessionTags(environment, values['custom-tags'] ?? []);
    const { unknown } = transitiveTagKeys(transitive, tags);
    return unknown.length === 0
        ? []
        : [`transitive-tag-keys: ${unknown.map(base_text/* quote */.hD).join(', ')}: ignored, because no tag has that key`];
}
function skippedTags(values) {
    const given = ['custom-tags', 'transitive-tag-keys'].filter(name => values[name] !== undefined);
    if (given.length === 0)
        return [];
    return [`${given.join(', ')}: ignored, because role-skip-session-tagging is true`];
}

;// CONCATENATED MODULE: ../build/core/inputs/expected-input.js





function expectedIdentitiesOf(values, partition) {
    const expected = values['expected-role'];
    if (expected === undefined)
        return { identities: [], problems: [] };
    if (expected === 'any')
        return { identities: 'any', problems: nothingToVerify(values) };
    if (expected === 'role-to-assume')
        return expectLastRole(values);
    const home = { partition, region: values['aws-region'], accountIds: homeAccounts(values) };
    const parsed = expected.map(text => parseElement(text, home));
    return {
        identities: parsed.flatMap(({ identity }) => identity ?? []),
        problems: parsed.flatMap(({ problems }) => problems),
    };
}
function expectLastRole(values) {
    const { 'role-to-assume': first, 'role-chain': chain = [] } = values;
    const last = chain.at(-1) ?? first;
    if (last === undefined)
        return { identities: [], problems: [] };
    if (last === 'none' && wantsProfiles(values))
        return { identities: 'role-assumed', problems: [] };
    if (last === 'none')
        return { identities: 'any', problems: nothingAssumed(values) };
    return { identities: last.kind === 'role' ? [expectRole(last)] : 'role-assumed', problems: [] };
}
function parseElement(text, { partition, region, accountIds }) {
    const [accountId, ...others] = accountIds;
    const home = partition && accountId && others.length === 0 ? { partition, accountId } : undefined;
    const identity = parseExpectedIdentity(text, home);
    if (identity) {
        const problems = partitionProblems('expected-role', identity.partition, partition, region);
        return { identity, problems };
    }
    if ((0,identity_arn/* isRoleName */.yn)(text) && others.length > 0) {
        return {
            problems: [`expected-role: ${(0,base_text/* quote */.hD)(text)} could be in ${accountIds.join(' or ')}: write its ARN`],
        };
    }
    if ((0,identity_arn/* isRoleName */.yn)(text) && !partition)
        return { problems: [] };
    const forms = 'a role ARN, an assumed-role ARN, a user ARN, or a role name if a single account is known';
    return { problems: [`expected-role: ${(0,base_text/* quote */.hD)(text)} is not ${forms}${whyNotArn(text)}`] };
}
function homeAccounts(values) {
    const { 'allowed-account-ids': allowed, 'role-to-assume': first, 'role-chain': chain = [] } = values;
    const single = Array.isArray(allowed) && allowed.length === 1 ? allowed : [];
    const all = typeof first === 'object' && first.kind === 'role' ? [first, ...chain] : [...chain];
    const roles = single.length > 0 ? all.slice(-1) : all;
    return [...new Set([...single, ...roles.map(({ accountId }) => accountId)])];
}
function hasOtherGuard(values) {
    return values['expected-role-id'] !== 'any' || values['allowed-account-ids'] !== 'any';
}
function nothingToVerify(values) {
    if (hasOtherGuard(values))
        return [];
    return [
        'expected-role: is any, and no other guard is set: set expected-role-id or allowed-account-ids, or name the role',
    ];
}
function nothingAssumed(values) {
    if (hasOtherGuard(values))
        return [];
    return [
        'role-to-assume: is none and no guard is set, so there is nothing to verify: set role-to-assume, or set expected-role, expected-role-id or allowed-account-ids',
    ];
}

// EXTERNAL MODULE: ../node_modules/fastest-levenshtein/mod.js
var mod = __webpack_require__(2818);
;// CONCATENATED MODULE: ../build/core/inputs/misspelled-names.js



const GUARD_WORD = /(^|-)(expected|allowed|forbidden|required)-/;
const GUARD_VERB = /allow|forbid|den(y|ie)|expect|requir/;
const GUARD_SUBJECT = /role|account|claim/;
function soundsLikeGuard(name) {
    return GUARD_WORD.test(name) || (GUARD_VERB.test(name) && GUARD_SUBJECT.test(name));
}
function misspelledNames(raw) {
    const declaredNames = INPUT_NAMES.map(rawName);
    const undeclared = Object.keys(raw).filter(name => !declaredNames.includes(name));
    return undeclared.flatMap(name => {
        const asked = name.toLowerCase().replaceAll('_', '-');
        const meant = nearestTo(asked);
        if (meant.length === 0 && !soundsLikeGuard(asked))
            return [];
        const fix = meant.length > 0 ? `did you mean ${meant.join(' or ')}?` : 'see docs/inputs.md for the guards';
        return [`${(0,base_text/* quote */.hD)(name.toLowerCase())} is not an input: ${fix}`];
    });
}
const MOST_EDITS = 2;
function nearestTo(asked) {
    const edits = INPUT_NAMES.map(name => (0,mod/* distance */.Io)(asked, name));
    const least = Math.min(...edits);
    return least > MOST_EDITS ? [] : INPUT_NAMES.filter((_, index) => edits[index] === least);
}

;// CONCATENATED MODULE: ../build/core/inputs/inputs.js








function parseInputs(raw, surroundings) {
    const { partitionOf, environment } = surroundings;
    const { values, problems } = parseEach(raw);
    const partition = values['aws-region'] && partitionOf(values['aws-region']);
    const expected = expectedIdentitiesOf(values, partition);
    problems.push(...misspelledNames(raw), ...expected.problems, ...contradictions(values, { raw, partition, ...surroundings }));
    if (problems.length > 0)
        throw invalidInputs(problems);
    return assemble(values, partition, expected.identities, raw, environment);
}
function wantsAccountIdsMasked(raw) {
    return isWanted('mask-aws-account-id', raw, true);
}
function wantsSummary(raw) {
    return isWanted('job-summary', raw, true);
}
function wantsCurrentUnset(raw) {
    return isWanted('unset-current-credentials', raw, false);
}
function isWanted(name, raw, ifUnclear) {
    const { byDefault, parse } = DECLARED_INPUTS[name];
    try {
        return parse(raw[rawName(name)]?.trim() || byDefault);
    }
    catch {
        return ifUnclear;
    }
}
function accountIdsOf({ targets }) {
    return targets.flatMap(({ roles, expected }) => {
        const { identities, allowedAccountIds, forbiddenAccountIds } = expected;
        return [
            ...roles.flatMap(role => (role.kind === 'role' ? role.accountId : [])),
            ...(typeof identities === 'string' ? [] : identities.map(({ accountId }) => accountId)),
            ...(allowedAccountIds === 'any' ? [] : allowedAccountIds),
            ...forbiddenAccountIds,
        ];
    });
}
function invalidInputs(problems) {
    return new GateError('ERR_INPUT_INVALID', `some inputs are invalid\n${problems.map(problem => `- ${problem}`).join('\n')}`, "Correct the step's `with:`, or the environment variable that a line names. Nothing was sent to GitHub or AWS.");
}
function assemble(values, partition, identities, raw, environment) {
    const source = sourceOf(values, environment);
    return {
        region: values['aws-region'],
        source,
        targets: targetsOf(values, identities),
        isForSeveralRoles: values['aws-profiles'] !== undefined,
        isOidcUnavailable: source.kind === 'existing' && expectsToken(values),
        audience: values.audience ?? defaultAudience(partition),
        sessionName: values['role-session-name'],
        durationSeconds: values['role-duration-seconds'],
        externalId: values['role-external-id'],
        sourceIdentity: values['source-identity'],
        inlinePolicy: values['inline-session-policy'],
        managedPolicies: values['managed-session-policies'] ?? [],
        tagging: values['role-skip-session-tagging']
            ? undefined
            : {
                customTags: values['custom-tags'] ?? [],
                transitiveTagKeys: values['transitive-tag-keys'] ?? [],
            },
        accessKeys: accessKeysOf(values),
        tokenFile: values['web-identity-token-file'],
        reusesExisting: values['use-existing-credentials'],
        requiredClaims: values['required-claims'],
        trustPolicyPath: values['trust-policy'],
        onMismatch: values['on-mismatch'],
        exportsEnvironment: wantsKeysInEnvironment(values),
        outputsCredentials: values['output-credentials'],
        masksAccountIds: values['mask-aws-account-id'],
        writesSummary: values['job-summary'],
        stsEndpoint: values['sts-endpoint'],
        usesFips: switchOf(values, 'use-fips-endpoint', environment) ?? false,
        usesDualstack: switchOf(values, 'use-dualstack-endpoint', environment) ?? false,
        fallbackRegions: values['sts-fallback-regions'] ?? [],
        caBundle: values['ca-bundle'],
        httpProxy: values['http-proxy'],
        noProxy: values['no-proxy'],
        maxAttempts: maxAttemptsOf(values),
        accessDeniedSeconds: values['retry-access-denied-seconds'],
        plainKeyAttempts: values['special-characters-workaround']
            ? Math.max(1, values['retry-max-attempts'])
            : undefined,
        timeoutSeconds: values['action-timeout-s'],
        notices: sessionNameNotices(raw[rawName('role-session-name')]?.trim(), values['role-session-name']),
        warnings: [
            ...endpointWarnings(values['sts-endpoint']),
            ...fallbackWarnings(values['sts-fallback-regions'] ?? [], maxAttemptsOf(values)),
            ...unusedInputs(values, environment),
        ],
    };
}
function targetsOf(values, identities) {
    const { 'role-to-assume': role, 'forbidden-account-ids': forbidden, 'aws-profile': name } = values;
    const settings = { overwrites: values['overwrite-aws-profile'], refreshes: values['refresh-credentials'] };
    const expected = {
        identities,
        roleIds: values['expected-role-id'],
        allowedAccountIds: values['allowed-account-ids'],
        forbiddenAccountIds: forbidden === 'none' ? [] : forbidden,
    };
    const [first, ...others] = (values['aws-profiles'] ?? []).map(({ name, role }) => ({
        roles: [role],
        expected: { ...expected, identities: [expectRole(role)] },
        profile: { name, ...settings },
    }));
    if (first)
        return [first, ...others];
    const roles = role === 'none' ? [] : [role, ...(values['role-chain'] ?? [])];
    return [{ roles, expected, profile: name === undefined ? undefined : { name, ...settings } }];
}
function accessKeysOf(values) {
    const { 'aws-access-key-id': accessKeyId, 'aws-secret-access-key': secretAccessKey } = values;
    if (accessKeyId === undefined || secretAccessKey === undefined)
        return undefined;
    return { accessKeyId, secretAccessKey, sessionToken: values['aws-session-token'] };
}
function defaultAudience(partition) {
    return partition === 'aws-cn' ? 'sts.amazonaws.com.cn' : 'sts.amazonaws.com';
}
function sessionNameNotices(asked, used) {
    if (!asked || asked === used)
        return [];
    return [
        `role-session-name: ${(0,base_text/* quote */.hD)(asked)} has characters or a length that AWS doesn't allow; using ${(0,base_text/* quote */.hD)(used)}`,
    ];
}
function endpointWarnings(endpoint) {
    if (!endpoint || endpoint.protocol === 'https:' || isLoopback(endpoint))
        return [];
    return [
        `sts-endpoint: ${(0,base_text/* quote */.hD)(endpoint.origin)} is plain http: anyone on the network can read the token and the credentials`,
    ];
}
function maxAttemptsOf(values) {
    return values['disable-retry'] ? 1 : Math.max(1, values['retry-max-attempts']);
}
function fallbackWarnings(regions, maxAttempts) {
    const uncalled = regions.slice(maxAttempts - 1);
    if (uncalled.length === 0)
        return [];
    return [
        `sts-fallback-regions: ${uncalled.join(', ')} can't be called: only ${maxAttempts} ${maxAttempts === 1 ? 'attempt is' : 'attempts are'} allowed for all regions together. Raise retry-max-attempts`,
    ];
}

;// CONCATENATED MODULE: ../build/core/sts/ignored-variables.js
function ignoredVariables(environment, endpoint) {
    const ignored = endpoint ? [...IGNORED, ...IGNORED_WITH_ENDPOINT] : IGNORED;
    return ignored.filter(({ name, when = isGiven }) => when(environment[name])).map(({ name }) => name);
}
function ignoredNote(names) {
    if (names.length === 0)
        return '';
    return ` These variables were ignored because an earlier step could have set them: ${names.join(', ')}.`;
}
const isGiven = value => Boolean(value);
const isTrue = value => value?.toLowerCase() === 'true';
const IGNORED = [
    { name: 'AWS_ENDPOINT_URL' },
    { name: 'AWS_ENDPOINT_URL_STS' },
    { name: 'AWS_CA_BUNDLE' },
    { name: 'NODE_EXTRA_CA_CERTS' },
    { name: 'NODE_TLS_REJECT_UNAUTHORIZED', when: value => value === '0' },
    { name: 'NODE_USE_SYSTEM_CA', when: value => value === '1' },
    { name: 'AWS_STS_REGIONAL_ENDPOINTS', when: value => value?.toLowerCase() === 'legacy' },
];
const IGNORED_WITH_ENDPOINT = [
    { name: 'AWS_USE_FIPS_ENDPOINT', when: isTrue },
    { name: 'AWS_USE_DUALSTACK_ENDPOINT', when: isTrue },
];

// EXTERNAL MODULE: ../build/core/network/remote-failure.js
var remote_failure = __webpack_require__(9099);
// EXTERNAL MODULE: ../build/core/network/clock-skew.js
var clock_skew = __webpack_require__(2049);
;// CONCATENATED MODULE: ../build/core/sts/denying-policy.js
const KINDS = [
    'service control policy',
    'resource control policy',
    'permissions boundary',
    'session policy',
    'VPC endpoint policy',
    'identity-based policy',
    'resource-based policy',
    'role trust policy',
];
const FORM = new RegExp(`\\b(explicit deny in (?:an?|the)|because no) (${KINDS.join('|')})(?:: ?(arn:[^\\s"]+))?`);
function denyingPolicyIn(message) {
    const [, how, kind, arn] = FORM.exec(message) ?? [];
    if (kind === undefined)
        return undefined;
    return {
        kind: kind,
        isExplicit: how !== 'because no',
        arn: arn?.replace(/[.,;)]+$/, ''),
    };
}
function isTrustPolicy({ kind }) {
    return kind === 'role trust policy' || kind === 'resource-based policy';
}

;// CONCATENATED MODULE: ../build/core/outcome/responsible.js





const AUTHOR = "the workflow's author";
const ORGANISATION = 'an administrator of the AWS organization';
const NETWORK = "whoever runs the runner's network";
const RUNNER = 'whoever runs the runner';
const NOBODY_YET = 'nobody yet: run the job again';
function whoMustAct({ code, cause }, role) {
    const owner = role ? `the owner of AWS account ${role.accountId}` : 'the owner of the AWS account';
    if (cause instanceof Mismatch && cause.isContradiction)
        return NETWORK;
    if (cause instanceof RunnerError)
        return RUNNER;
    if (!(cause instanceof remote_failure/* RemoteFailure */.p))
        return BY_CODE[code];
    if (cause.kind === 'proxy-refusal' || cause.kind === 'untrusted')
        return NETWORK;
    if (code === 'ERR_STS_REJECTED')
        return whoAfterRefusal(cause, owner);
    if (code === 'ERR_OIDC_REQUEST_FAILED' && cause.kind === 'error-response')
        return `${AUTHOR}, or an owner of the GitHub organization`;
    return BY_CODE[code];
}
const BY_CODE = {
    ERR_INPUT_INVALID: AUTHOR,
    ERR_OIDC_NOT_PERMITTED: AUTHOR,
    ERR_OIDC_REQUEST_FAILED: NOBODY_YET,
    ERR_CLAIM_MISMATCH: AUTHOR,
    ERR_CREDENTIALS_UNAVAILABLE: AUTHOR,
    ERR_STS_REJECTED: AUTHOR,
    ERR_STS_UNAVAILABLE: NOBODY_YET,
    ERR_STS_BAD_RESPONSE: NETWORK,
    ERR_IDENTITY_MISMATCH: AUTHOR,
    ERR_PROFILE_WRITE: `${AUTHOR}, or ${RUNNER}`,
    ERR_TIMEOUT: NOBODY_YET,
    ERR_UNEXPECTED: 'you: report this bug',
};
function whoAfterRefusal(failure, owner) {
    const { code, message } = failure;
    if (code === '')
        return NETWORK;
    if ((0,clock_skew/* isAboutTime */.$)(failure))
        return `${RUNNER}: its clock is wrong`;
    const policy = denyingPolicyIn(message);
    if (policy)
        return byPolicy(policy, owner);
    if (/^AccessDenied|^RegionDisabled/.test(code))
        return `${owner}, or ${AUTHOR} if the role is wrong`;
    if (/^InvalidIdentityToken/.test(code))
        return /audience/i.test(message) ? `${AUTHOR}, or ${owner}` : owner;
    return AUTHOR;
}
function byPolicy({ kind }, owner) {
    switch (kind) {
        case 'service control policy':
        case 'resource control policy':
            return ORGANISATION;
        case 'VPC endpoint policy':
            return NETWORK;
        case 'session policy':
            return AUTHOR;
        case 'role trust policy':
        case 'resource-based policy':
            return owner;
        case 'permissions boundary':
        case 'identity-based policy':
            return "the owner of the caller's AWS account";
    }
}

;// CONCATENATED MODULE: ../build/core/token/subject.js
const IMMUTABLE_SUBJECT = /^repo:([^@:/]+)@\d+\/([^@:/]+)@\d+:/;
function isImmutableSubject(subject) {
    return IMMUTABLE_SUBJECT.test(subject);
}
function classicForm(subject) {
    return subject.replace(IMMUTABLE_SUBJECT, 'repo:$1/$2:');
}
function immutableForm(claims) {
    const { repository_owner_id: ownerId, repository_id: repositoryId } = claims.all;
    const [, owner, repository, rest] = /^repo:([^@:/]+)\/([^@:]+)(:.*)$/s.exec(claims.subject) ?? [];
    if (owner === undefined || ownerId === undefined || repositoryId === undefined)
        return undefined;
    return `repo:${owner}@${ownerId}/${repository}@${repositoryId}${rest}`;
}

;// CONCATENATED MODULE: ../build/core/trust-policy/issuers.js


function ofSameName(...names) {
    return Object.fromEntries(names.map(name => [name, [name]]));
}
const FAMILIES = [
    {
        name: 'GitHub Actions',
        pattern: /^token\.actions\.(?:githubusercontent\.com(?:\/[\w-]+)?|[a-z0-9-]+\.ghe\.com)$/,
        isBuiltIn: false,
        keys: ofSameName('aud', 'sub', 'actor', 'actor_id', 'enterprise_id', 'environment', 'job_workflow_ref', 'ref', 'repository', 'repository_id', 'repository_owner_id', 'workflow'),
    },
    {
        name: 'GitLab.com',
        pattern: /^gitlab\.com$/,
        isBuiltIn: false,
        keys: ofSameName('aud', 'sub', 'namespace_id', 'pipeline_source', 'project_id', 'ref_protected', 'runner_environment'),
    },
    {
        name: 'CircleCI',
        pattern: /^oidc\.circleci\.com\/org\/[\w-]+$/,
        isBuiltIn: false,
        keys: ofSameName('aud', 'sub', 'oidc.circleci.com/project-id'),
    },
    {
        name: 'Buildkite',
        pattern: /^agent\.(?:buildkite\.com|[a-z0-9-]+\.buildkite\.dev)$/,
        isBuiltIn: false,
        keys: ofSameName('aud', 'sub', 'build_branch', 'cluster_id', 'cluster_name', 'organization_id', 'organization_slug', 'pipeline_id', 'pipeline_slug'),
    },
    {
        name: 'Oracle Cloud Infrastructure',
        pattern: /^idcs-[a-z0-9]+\.identity\.oraclecloud\.com$/,
        isBuiltIn: false,
        keys: ofSameName('aud', 'sub', 'rpst_id'),
    },
    {
        name: 'Google',
        pattern: /^accounts\.google\.com$/,
        isBuiltIn: true,
        keys: {
            aud: ['azp', 'aud'],
            oaud: ['aud'],
            sub: ['sub'],
            'google/organization_number': ['google/organization_number'],
        },
    },
    {
        name: 'Amazon Cognito',
        pattern: /^cognito-identity\.amazonaws\.com$/,
        isBuiltIn: true,
        keys: ofSameName('aud', 'sub', 'amr'),
    },
    {
        name: 'Login with Amazon',
        pattern: /^www\.amazon\.com$/,
        isBuiltIn: true,
        keys: ofSameName('app_id', 'user_id'),
    },
    {
        name: 'Facebook',
        pattern: /^graph\.facebook\.com$/,
        isBuiltIn: true,
        keys: ofSameName('app_id', 'id'),
    },
];
const OTHER = {
    name: 'another issuer',
    pattern: /^/,
    isBuiltIn: false,
    keys: ofSameName('aud', 'sub', 'amr'),
};
function familyOf(issuer) {
    const host = withoutScheme(issuer);
    return FAMILIES.find(({ pattern }) => pattern.test(host)) ?? OTHER;
}
function isGithubIssuer(issuer) {
    return familyOf(issuer) === FAMILIES[0];
}
function isShared(issuer) {
    const shared = /^(?:gitlab\.com|agent\.buildkite\.com|app\.terraform\.io)$/;
    return isGithubIssuer(issuer) || shared.test(withoutScheme(issuer));
}
function keyPrefix(issuer) {
    return `${withoutScheme(issuer)}:`;
}
function keysOf(issuer) {
    return Object.keys(familyOf(issuer).keys);
}
function keyValues(issuer, name, claims) {
    const { keys } = familyOf(issuer);
    const sources = Object.hasOwn(keys, name) ? (keys[name] ?? []) : [];
    const claim = sources.find(source => Object.hasOwn(claims, source) && (claims[source] ?? undefined) !== undefined);
    return claim === undefined ? undefined : claimValues(claims, claim);
}
function federatedPrincipal({ partition, accountId }, issuer) {
    const host = withoutScheme(issuer);
    return familyOf(issuer).isBuiltIn ? host : `arn:${partition}:iam::${accountId}:oidc-provider/${host}`;
}

;// CONCATENATED MODULE: ../build/core/outcome/refusals.js






function refusalAdvice(failure, asked) {
    if (!failure.code)
        return {
            hint: 'The request was refused before it reached AWS STS: by a proxy, a firewall or a wrong sts-endpoint.',
            likelyCause: 'refused by something before AWS',
        };
    if ((0,clock_skew/* isAboutTime */.$)(failure))
        return { hint: clockHint(failure), likelyCause: 'clock of the runner' };
    const policy = denyingPolicyIn(failure.message);
    if (policy)
        return { hint: (0,base_text/* escapeControls */.UN)(policyHint(policy, failure, asked)), likelyCause: 'policy named by AWS' };
    const own = failure.operation === 'AssumeRoleWithWebIdentity' ? TOKEN_REFUSALS : CREDENTIAL_REFUSALS;
    const refusal = [...REFUSALS, ...own].find(rule => isAbout(failure, rule));
    if (!refusal)
        return { hint: "This error is permanent, so the call wasn't retried. Fix what AWS's message names." };
    const [, likelyCause, hint] = refusal;
    return { hint: (0,base_text/* escapeControls */.UN)(hint(asked, failure)), likelyCause };
}
function tellsReason(failure) {
    const policy = denyingPolicyIn(failure.message);
    if (policy)
        return !isTrustPolicy(policy);
    return REFUSALS.some(rule => isAbout(failure, rule));
}
function isAbout({ code, message }, [pattern]) {
    return pattern.test(`${code}: ${message}`);
}
const REFUSALS = [
    [
        /^PackedPolicyTooLarge/,
        'policies and tags too long',
        ({ claims }) => claims
            ? "The session policies exceed AWS's size limit: shorten inline-session-policy, or list fewer managed-session-policies."
            : "The session policies and tags exceed AWS's size limit: shorten the policies, or send fewer custom-tags.",
    ],
    [
        /^MalformedPolicyDocument/,
        'duration or other validation',
        () => "AWS rejected a session policy. Fix inline-session-policy, or the ARNs in managed-session-policies, as AWS's message says.",
    ],
    [
        /^(RegionDisabledException:|[^:]*: Cannot call .* region)/i,
        'region disabled',
        () => "Activate STS for this region in IAM's account settings, or choose another aws-region.",
    ],
    [
        /DurationSeconds exceeds the 1 hour/i,
        'duration or other validation',
        () => 'Role chaining limits a session to one hour, whatever the role allows. Lower role-duration-seconds to 3600, or remove it.',
    ],
    [
        /DurationSeconds exceeds/i,
        'duration or other validation',
        ({ request }) => `Lower role-duration-seconds, or ask the administrator of the role's account to raise the MaxSessionDuration of ${request?.role.roleName ?? 'the role'}.`,
    ],
    [
        /Request ARN is invalid/i,
        'duration or other validation',
        ({ request }) => `AWS rejected ${request ? `the ARN ${(0,identity_arn/* formatArn */.bH)(request.role)}` : "the role's ARN"}. Copy the ARN from IAM.`,
    ],
    [
        /transitive tag key/i,
        'session tags not allowed',
        () => "The calling session has this key as a transitive tag, which can't be overridden. Set role-skip-session-tagging to true, or remove the key from custom-tags.",
    ],
    [
        /^ValidationError:/,
        'duration or other validation',
        ({ request }, { message }) => {
            const input = INPUTS_BY_PARAMETER.find(([parameter]) => message.includes(`at '${parameter}`))?.[1];
            return input
                ? `Fix the input ${input} as AWS's message says.`
                : `Fix what AWS's message names. If it's the duration, lower role-duration-seconds (role chaining limits a session to one hour, 3600) or raise the MaxSessionDuration of ${request?.role.roleName ?? 'the role'}.`;
        },
    ],
    [
        /^(MissingAuthenticationToken|IncompleteSignature|InvalidAction|MissingAction|UnknownOperation|[^:]*: Unable to determine service\/operation name)/i,
        'request changed in transit',
        () => 'The request was changed in transit, or sts-endpoint points to another service.',
    ],
];
const INPUTS_BY_PARAMETER = [
    ['roleArn', 'role-to-assume'],
    ['roleSessionName', 'role-session-name'],
    ['durationSeconds', 'role-duration-seconds'],
    ['externalId', 'role-external-id'],
    ['sourceIdentity', 'source-identity'],
    ['policyArns', 'managed-session-policies'],
    ['policy', 'inline-session-policy'],
    ['tags', 'custom-tags'],
    ['transitiveTagKeys', 'transitive-tag-keys'],
];
const TOKEN_REFUSALS = [
    [
        /^InvalidIdentityToken.*: .*thumbprint/i,
        'certificate of the issuer',
        asked => `The provider ${providerOf(asked)} doesn't trust the issuer's certificate. The account's administrator must update the provider's thumbprints (aws iam update-open-id-connect-provider-thumbprint).`,
    ],
    [
        /^InvalidIdentityToken.*: .*missing a required claim/i,
        'token not accepted',
        () => "AWS requires a claim that the token doesn't have. The token's issuer must add it. If another tool wrote the token, check that it's an ID token and not an access token.",
    ],
    [
        /^InvalidIdentityToken.*: .*audience/i,
        'incorrect audience',
        ({ claims, request }) => `Remove the input audience to use the default, or add ${claims?.audiences.join(', ') ?? ''} as an audience (client ID) of the OIDC provider in account ${request?.role.accountId}.`,
    ],
    [
        /^InvalidIdentityToken.*: .*no openidconnect provider/i,
        'missing OIDC provider',
        ({ claims, request }) => `Account ${request?.role.accountId} has no OIDC provider for ${claims?.issuer ?? ''}. Create it there, or correct the account in the role's ARN.`,
    ],
    [
        /^InvalidIdentityToken.*: .*(issued within|not a valid JWT|valid JSON Web Token)/i,
        'token not accepted',
        () => "AWS rejected the token: it's too old, or isn't an ID token. Issue a new one right before this step.",
    ],
    [
        /^IDPRejectedClaim/,
        'token not accepted',
        () => "The token has expired, its issuer has revoked it, or one of its claims isn't valid. Run the job again. If it fails again, check the issuer's clock and settings.",
    ],
];
function providerOf({ request, claims }) {
    return request && claims ? federatedPrincipal(request.role, claims.issuer) : 'for the issuer';
}
const CREDENTIAL_REFUSALS = [
    [
        /^AccessDenied.*: .*sts:TagSession/,
        'session tags not allowed',
        () => "The call sends session tags, so the role's trust policy and, across accounts, the caller's own policy must allow sts:TagSession too. Allow it, or set role-skip-session-tagging to true.",
    ],
    [
        /^AccessDenied.*: .*sts:SetSourceIdentity/,
        'source identity not allowed',
        ({ request }) => sourceIdentityHint(request?.sourceIdentity),
    ],
    [
        /^AccessDenied.*: .*root account/i,
        'root user',
        () => "These are root user keys, which can't assume a role. Use the keys of an IAM user or a role, or GitHub's OIDC token.",
    ],
    [
        /^AccessDenied/,
        'credentials refused by the role',
        ({ request }) => `The role's trust policy must allow this caller${request?.externalId === undefined ? ' (no external ID was sent; if it requires one, set role-external-id)' : ' and this external ID'}. Across accounts, the caller's own policy must allow sts:AssumeRole too. AWS returns the same error if the role doesn't exist: check account, name, case and path.`,
    ],
    [
        /^SignatureDoesNotMatch:/,
        'secret of another key',
        (_, { isOfNewSession }) => isOfNewSession
            ? 'AWS issued these credentials moments ago, so the secret is correct. Something between the runner and AWS changed the request.'
            : "The secret access key doesn't belong to the access key ID, or one was stored incorrectly. Store both again.",
    ],
    [
        /^ExpiredToken/,
        'credentials expired',
        () => 'The credentials have expired. Run the step that creates them again, right before this one.',
    ],
    [
        /^(InvalidClientTokenId|UnrecognizedClientException):/,
        'credentials not known',
        ({ ignoredVariables }, { isOfNewSession }) => isOfNewSession
            ? "AWS doesn't recognize the credentials that it issued moments ago. Check that aws-region is in the role's partition."
            : `AWS doesn't recognize these credentials. The key was deleted or deactivated, or belongs to a different partition from aws-region.${ignoredNote(ignoredVariables)}`,
    ],
];
function sourceIdentityHint(sent) {
    const grant = "The role's trust policy and, across accounts, the caller's own policy must allow sts:SetSourceIdentity too.";
    return sent === undefined
        ? `The calling session has a source identity, which every role of a chain inherits. ${grant}`
        : `${grant} If the calling session already has a source identity, it can't be changed: set source-identity to the same value, or remove it. If the trust policy has a condition on sts:SourceIdentity, it must match ${sent}.`;
}
const WHO_MUST_ACT = {
    'service control policy': "An administrator of the AWS organization must change it; nobody in the caller's account can.",
    'resource control policy': "An administrator of the AWS organization must change it; nobody in the role's account can.",
    'permissions boundary': "The administrator of the caller's account must change the caller's boundary.",
    'session policy': 'The calling session has this session policy. Change the step or the tool that created the session.',
    'VPC endpoint policy': "Whoever runs the runner's network must change the policy of its VPC endpoint for STS.",
    'identity-based policy': "The administrator of the caller's account must change the caller's own policies.",
    'resource-based policy': "The administrator of the role's account must change the role's trust policy.",
    'role trust policy': "The administrator of the role's account must change the role's trust policy.",
};
function policyHint(policy, { message, operation }, { request }) {
    const { kind, isExplicit, arn } = policy;
    const action = /\bsts:\w+/.exec(message)?.[0] ?? `sts:${operation}`;
    const named = arn === undefined ? '' : ` (${arn})`;
    return [
        isExplicit ? `A Deny in a ${kind}${named} applies to ${action}.` : `No ${kind}${named} allows ${action}.`,
        WHO_MUST_ACT[kind],
        isTrustPolicy(policy) && operation === 'AssumeRole' && request?.externalId === undefined
            ? 'The policy may require an external ID, and none was sent: set role-external-id.'
            : '',
        action === 'sts:TagSession' ? 'Or set role-skip-session-tagging to true to send no tags.' : '',
        action === 'sts:SetSourceIdentity' ? sourceIdentityHint(request?.sourceIdentity) : '',
    ]
        .filter(Boolean)
        .join(' ');
}
function clockHint({ clock }) {
    if (!clock)
        return "AWS rejected the time of the signature, not the keys. Correct the runner's clock. The response doesn't say how far off it is.";
    const { aheadMs } = clock;
    return (0,clock_skew/* isOff */.gK)(aheadMs)
        ? `The runner's clock is ${formatSpan(Math.abs(aheadMs))} ${aheadMs > 0 ? 'behind' : 'ahead of'} AWS's. Correct it. The keys are not at fault.`
        : "AWS rejected the time of the signature, not the keys, although the runner's clock agrees with the response's. Check what delays requests between the runner and AWS.";
}
function formatSpan(milliseconds) {
    const minutes = Math.round(milliseconds / 60_000);
    if (minutes < 120)
        return `${minutes} minutes`;
    const hours = Math.round(minutes / 60);
    return hours < 48 ? `${hours} hours` : `${Math.round(hours / 24)} days`;
}

;// CONCATENATED MODULE: ../build/core/outcome/diagnosis.js






function diagnose(failure, record, target) {
    const { inputs, claims, forecast, outcomes = [] } = record;
    const { cause } = failure;
    if (cause instanceof remote_failure/* RemoteFailure */.p && cause.operation === 'AssumeRole' && inputs?.isOidcUnavailable)
        return withOfferMissing(failure);
    const role = target?.roles[0];
    if (!(cause instanceof remote_failure/* RemoteFailure */.p) || !inputs || !claims || role?.kind !== 'role')
        return failure;
    if (cause.operation !== 'AssumeRoleWithWebIdentity' || !/^AccessDenied/.test(cause.code))
        return failure;
    if (tellsReason(cause))
        return failure;
    const ofToken = [...subjectCauses(claims), ...tokenCauses(claims, inputs.audience)];
    const ofRole = roleCauses(claims);
    const accepted = outcomes.filter(({ kind }) => kind === 'match').length;
    const isOfRole = accepted > 0 || forecast?.prediction.decision === 'allowed';
    const causes = isOfRole ? [...ofRole, ...ofToken] : [...ofToken, ...ofRole];
    const hint = [
        ...(forecast ? explainForecast(forecast) : []),
        `AWS returns the same error for all of these. ${accepted > 0 ? `${accepted} other ${accepted === 1 ? 'role' : 'roles'} accepted the same token, so most` : 'Most'} likely first:`,
        ...causes.map(([name, text]) => `- ${name}: ${(0,base_text/* escapeControls */.UN)(text)}`),
        `In CloudTrail, look for AssumeRoleWithWebIdentity events with this subject (account ${role.accountId}, region ${inputs.region}).`,
    ];
    const likelyCause = (forecast && causeInPolicy(forecast.prediction)) ?? causes[0]?.[0];
    return failure.reworded({ hint: hint.join('\n'), likelyCause });
}
function withOfferMissing(failure) {
    const note = "The runner offers no OIDC token, so the job's existing credentials were used. To use GitHub's token, add `id-token: write` to the job's permissions.";
    return failure.reworded({ hint: `${failure.hint}\n${note}` });
}
function explainForecast({ path, prediction: { decision, statements } }) {
    const file = (0,base_text/* escapeControls */.UN)(path);
    if (decision === 'allowed')
        return [
            `The policy in ${file} allows this token, so the role has another policy or doesn't exist, or an organization policy (SCP) denies it.`,
        ];
    const head = decision === 'refused'
        ? `The policy in ${file} refuses this token:`
        : `Can't tell whether the policy in ${file} allows this token:`;
    return [head, ...statements.flatMap(formatStatement)];
}
function causeInPolicy({ decision, statements }) {
    const failing = statements
        .filter(({ effect }) => effect === 'Allow')
        .flatMap(({ checks }) => checks.filter(({ outcome }) => outcome === 'fails'));
    const fails = (check) => failing.some(({ what }) => check.test(what));
    if (decision !== 'refused' || fails(/:sub$/i))
        return undefined;
    if (fails(/^Principal$/))
        return 'principal';
    return fails(/:aud$/i) ? 'audience' : 'other conditions';
}
function formatStatement({ name, effect, outcome, checks }) {
    const isDenying = effect === 'Deny' && outcome === 'holds';
    if (effect === 'Deny' && outcome === 'fails')
        return [];
    const isCondition = ({ what }) => what !== 'Principal' && what !== 'Action';
    const conditions = checks.filter(isCondition);
    const denying = conditions.length > 0 ? conditions : checks;
    return (isDenying ? denying : checks.filter(({ outcome: each }) => each !== 'holds')).map(check => `- ${(0,base_text/* escapeControls */.UN)(`${name} (${effect}): ${formatCheck(check)}`)}`);
}
function absent(outcome) {
    return outcome === 'unknown'
        ? "the action can't see this value"
        : 'the token has no value that IAM can read';
}
function formatCheck({ what, wanted, found, outcome }) {
    const verdict = { holds: 'applies', fails: 'fails', unknown: 'is unknown' }[outcome];
    return `${what} ${verdict}: it requires ${wanted}, ${found === '' ? absent(outcome) : `the token has ${found}`}`;
}
function subjectCauses(claims) {
    const { issuer, subject, all } = claims;
    if (!isGithubIssuer(issuer) && !subject.startsWith('repo:'))
        return [['subject', "the policy's condition on sub must match the sub above"]];
    const text = (name) => (typeof all[name] === 'string' ? String(all[name]) : '');
    const repository = text('repository');
    const workflow = text('job_workflow_ref');
    const causes = [contextCause(subject, text('environment'))];
    if (isImmutableSubject(subject))
        causes.unshift([
            'immutable subject',
            `this token's sub includes the IDs of owner and repository. A trust policy for ${classicForm(subject)} doesn't match it; use the sub above`,
        ]);
    const immutable = immutableForm(claims);
    if (immutable !== undefined)
        causes.push([
            'classic subject',
            `this token's sub has no IDs. A trust policy for ${immutable} doesn't match it`,
        ]);
    if (workflow !== '' && workflow !== text('workflow_ref'))
        causes.push(['reusable workflow', `a policy that tests job_workflow_ref must name ${workflow}`]);
    if (/[A-Z]/.test(repository))
        causes.push([
            'upper and lower case',
            `policies are case-sensitive, and the token spells the repository ${repository}`,
        ]);
    return causes;
}
function contextCause(subject, environment) {
    if (subject.includes(':environment:'))
        return [
            'environment',
            `the job uses environment ${environment}, so sub ends in ${subject.slice(subject.lastIndexOf(':environment:') + 1)} and names no branch`,
        ];
    if (subject.endsWith(':pull_request'))
        return [
            'pull request',
            "sub ends in pull_request, whatever the branch; a policy for a branch doesn't match it",
        ];
    if (/refs\/heads\/gh-readonly-queue\//.test(subject))
        return ['merge queue', 'sub names a branch of the queue (gh-readonly-queue/…), not the target branch'];
    if (/:ref:refs\/tags\//.test(subject))
        return [
            'tag',
            "the run is for a tag, so sub contains refs/tags/…; a policy for a branch doesn't match it",
        ];
    if (/:ref:/.test(subject))
        return [
            'branch or environment',
            "sub ends in the branch; a policy for another branch, or for an environment that this job doesn't name, doesn't match it",
        ];
    return [
        'customized subject',
        'sub has an unusual form; the organization or repository may have customized it',
    ];
}
const USUAL_AUDIENCES = ['sts.amazonaws.com', 'sts.amazonaws.com.cn'];
const USUAL_ISSUER = 'https://token.actions.githubusercontent.com';
function tokenCauses({ issuer, audiences }, audience) {
    const causes = [];
    if (issuer !== USUAL_ISSUER) {
        causes.push(['issuer', `the provider and condition keys must use ${issuer.replace(/^https:\/\//, '')}`]);
    }
    if (!USUAL_AUDIENCES.includes(audience)) {
        causes.push(['audience', `the policy's condition on aud must be ${audiences.join(' or ')}`]);
    }
    return causes;
}
function roleCauses({ issuer }) {
    return [
        ['role', "it doesn't exist, is in another account, or differs in case or path"],
        [
            'principal',
            `Federated must end in oidc-provider/${withoutScheme(issuer)}, without https://, and be in the role's account`,
        ],
        [
            'other conditions',
            "the policy tests a claim that this token lacks or IAM doesn't know, or an organization policy denies it",
        ],
    ];
}

;// CONCATENATED MODULE: ../build/core/outcome/step-record.js


function step_record_requestIdOf(failure, record) {
    const { cause } = failure;
    const isKnown = cause instanceof Mismatch || cause instanceof remote_failure/* RemoteFailure */.p;
    return isKnown ? requestIdIn(failure) : issuingCallOf(record)?.requestId;
}
function issuingCallOf({ calls = [], inputs }) {
    if (!inputs || inputs.isForSeveralRoles)
        return undefined;
    const isVerifyOnly = inputs.targets[0].roles.length === 0;
    return calls.findLast(({ operation }) => (operation === 'GetCallerIdentity') === isVerifyOnly);
}
function requestIdIn({ cause }) {
    return cause instanceof Mismatch || cause instanceof remote_failure/* RemoteFailure */.p ? cause.requestId : undefined;
}
function comparisonOf({ outcomes = [] }, failure) {
    const failed = outcomes.filter(hasFailed);
    const mismatch = [failure, ...failed.map(each => each.failure)]
        .map(({ cause }) => cause)
        .find(cause => cause instanceof Mismatch);
    if (mismatch)
        return mismatch;
    const [first] = outcomes;
    if (failed.length > 0 || first?.kind !== 'match')
        return undefined;
    return { expected: first.target.expected, caller: first.caller, differences: [] };
}
function hasFailed(outcome) {
    return outcome.kind === 'failed';
}

;// CONCATENATED MODULE: ../build/core/outcome/several-roles.js





const OF_ONE_ROLE = [
    'ERR_STS_REJECTED',
    'ERR_STS_UNAVAILABLE',
    'ERR_STS_BAD_RESPONSE',
    'ERR_IDENTITY_MISMATCH',
    'ERR_TIMEOUT',
];
function isOfOneRole({ code }) {
    return OF_ONE_ROLE.includes(code);
}
function accountsOf(targets) {
    return new Set(targets.flatMap(({ roles: [role] }) => (role?.kind === 'role' ? role.accountId : [])));
}
function formatTarget({ roles: [role], profile }) {
    return `${profile?.name ?? ''} (${role?.kind === 'role' ? (0,identity_arn/* formatArn */.bH)(role) : ''})`;
}
function decisiveOf(failed) {
    return failed.find(({ failure }) => failure.code !== 'ERR_IDENTITY_MISMATCH') ?? failed[0];
}
function combinedFailure(record) {
    const { outcomes = [] } = record;
    const failed = outcomes.filter(hasFailed);
    const decisive = decisiveOf(failed);
    if (!decisive)
        return undefined;
    const diagnosed = failed.map(({ target, failure }) => ({
        name: target.profile?.name ?? '',
        role: formatTarget(target),
        failure: diagnose(failure, record, target),
    }));
    const lines = diagnosed.map(({ role, failure }) => `- ${(0,base_text/* escapeControls */.UN)(role)}: ${failure.code}: ${failure.message.replaceAll('\n', '\n  ')}`);
    const { code, cause, likelyCause } = diagnose(decisive.failure, record, decisive.target);
    return new GateError(code, `${formatCount(outcomes)}, so nothing was exported\n${lines.join('\n')}`, hintsOf(diagnosed), { cause, likelyCause });
}
function formatCount(outcomes) {
    const failed = outcomes.filter(hasFailed).length;
    return `${failed} of ${outcomes.length} ${outcomes.length === 1 ? 'role' : 'roles'} could not be verified`;
}
const MAX_NAMES = 5;
function hintsOf(diagnosed) {
    const codes = [...new Set(diagnosed.map(({ failure }) => failure.code))];
    return codes
        .map(code => {
        const alike = diagnosed.filter(({ failure }) => failure.code === code);
        const hint = alike[0]?.failure.hint ?? '';
        return diagnosed.length === 1 ? hint : `${namesOf(alike.map(({ name }) => name))}: ${hint}`;
    })
        .join('\n');
}
function namesOf(names) {
    const more = names.length - MAX_NAMES;
    return `${names.slice(0, MAX_NAMES).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

;// CONCATENATED MODULE: ../build/core/summary/text.js

class SummaryText {
    #redact;
    constructor(redact) {
        this.#redact = redact;
    }
    code(text) {
        return `<code>${(0,base_text/* escapeMarkdown */.FV)(this.#redact(text))}</code>`;
    }
    plain(text) {
        return (0,base_text/* escapeMarkdown */.FV)(this.#redact(text));
    }
    link(label, url) {
        return url === undefined || this.#isRedacted(url) ? this.plain(label) : `[${this.plain(label)}](${url})`;
    }
    #isRedacted(url) {
        const checked = url.replace(/\/(?:actions\/runs|commit)\/[0-9a-f]+/, '');
        return this.#redact(checked) !== checked;
    }
    lines(text) {
        return this.#redact(text).split('\n').map(renderLine).join('');
    }
    json(json) {
        return `\`\`\`json\n${this.#redact(json)}\n\`\`\``;
    }
    label(...texts) {
        const lines = texts.filter(Boolean).map(text => (0,base_text/* escapeMermaid */.Fw)(this.#redact(text)));
        return `"${lines.join('<br>')}"`;
    }
}
function renderLine(line, index, lines) {
    const before = lines[index - 1];
    const kind = text_kindOf(line);
    const isFirstOfKind = before === undefined || text_kindOf(before) !== kind;
    switch (kind) {
        case 'item':
            return `${isFirstOfKind && index > 0 ? '\n\n' : ''}${isFirstOfKind ? '' : '\n'}- ${(0,base_text/* escapeMarkdown */.FV)(line.slice(2))}`;
        case 'indented': {
            const isLastOfKind = text_kindOf(lines[index + 1] ?? '') !== kind;
            return `${isFirstOfKind ? '\n\n<pre>' : '\n'}${(0,base_text/* escapeMarkdown */.FV)(line)}${isLastOfKind ? '</pre>' : ''}`;
        }
        case 'text':
            return `${index === 0 ? '' : isFirstOfKind ? '\n\n' : '<br>'}${(0,base_text/* escapeMarkdown */.FV)(line)}`;
    }
}
function text_kindOf(line) {
    if (line.startsWith('- '))
        return 'item';
    return /^\s/.test(line) ? 'indented' : 'text';
}
const MARKS = { holds: '✔', fails: '✘', unknown: '?' };
function code(text) {
    return value => text.code(value);
}
function table(head, rows) {
    const line = (cells) => `| ${cells.join(' | ')} |`;
    return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
function details(summary, content) {
    return `<details><summary>${summary}</summary>\n\n${content}\n\n</details>`;
}
function joinSections(sections) {
    return sections.filter(Boolean).join('\n\n');
}
function formatMinute(instant) {
    return `${instant.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

;// CONCATENATED MODULE: ../build/core/summary/comparison.js





function renderComparison(text, { expected, caller, differences }, required, claims) {
    const { identities, roleIds } = expected;
    const of = (...about) => differences.filter(each => about.includes(each.about));
    return table(['', 'Expected', 'Actual', ''], [
        row('Identity', renderIdentities(text, identities), renderCaller(text, caller, identities), identities === 'any', of('identity', 'caller')),
        row('Account', renderAccounts(text, expected), accountIdsIn(caller).map(code(text)).join(' and '), expected.allowedAccountIds === 'any' && expected.forbiddenAccountIds.length === 0, of('account')),
        row('Role ID', roleIds === 'any' ? '' : roleIds.map(code(text)).join(' or '), text.code(roleIdOf(caller)), roleIds === 'any', of('role id')),
        ...renderClaims(text, required, claims),
        ...renderCrossChecks(text, caller, differences),
    ]);
}
function row(guard, expected, actual, isOff, failed) {
    const notes = failed.flatMap(({ note }) => (note === undefined ? [] : [note]));
    const mark = failed.length > 0 ? [MARKS.fails, ...notes].join(' ') : isOff ? '' : MARKS.holds;
    return [guard, isOff && failed.length === 0 ? NOT_CHECKED : expected, actual, mark];
}
const NOT_CHECKED = 'not checked';
function renderIdentities(text, identities) {
    if (identities === 'any')
        return 'a role session or an IAM user';
    if (identities === 'role-assumed')
        return 'the role assumed';
    return [...new Set(identities.map(each => renderIdentity(text, each)))].join(' or ');
}
function renderCaller(text, { arn }, identities) {
    const shown = typeof identities === 'string' ? [] : identities.map(each => renderIdentity(text, each));
    return shown.includes(text.code(arn)) ? 'the same' : text.code(arn);
}
function renderIdentity(text, identity) {
    if (identity.kind === 'user')
        return text.code((0,identity_arn/* formatArn */.bH)(identity));
    const { written, accountId } = identity;
    return (0,identity_arn/* isRoleName */.yn)(written) ? `${text.code(written)} in account ${text.code(accountId)}` : text.code(written);
}
function renderAccounts(text, { allowedAccountIds, forbiddenAccountIds }) {
    const allowed = allowedAccountIds === 'any' ? 'any' : allowedAccountIds.map(code(text)).join(' or ');
    const forbidden = forbiddenAccountIds.map(code(text)).join(' or ');
    return forbidden === '' ? allowed : `${allowed}, except ${forbidden}`;
}
function renderRequiredClaims(text, required, claims) {
    return table(['', 'Expected', 'Actual', ''], renderClaims(text, required, claims));
}
function renderClaims(text, required, claims) {
    if (required.length === 0)
        return [['Claims', NOT_CHECKED, '', '']];
    return required.map(each => {
        const actual = claims ? claimValues(claims.all, each.claim).map(code(text)).join(', ') : '';
        const isMet = claims !== undefined && failedClaims([each], claims).length === 0;
        const expected = formatRequiredClaims([each]).map(code(text)).join(' or ');
        return ['Claim', expected, actual, isMet ? MARKS.holds : MARKS.fails];
    });
}
function renderCrossChecks(text, caller, differences) {
    const actualOf = ({ actual }) => actual === caller.arn ? 'the actual identity above' : text.code(actual);
    return differences
        .filter(({ about }) => !GUARDS.includes(about))
        .map(each => [each.about, text.code(each.expected), actualOf(each), MARKS.fails]);
}

;// CONCATENATED MODULE: ../build/core/outcome/headlines.js
const HEADLINES = {
    ERR_INPUT_INVALID: 'invalid inputs',
    ERR_OIDC_NOT_PERMITTED: 'no OIDC token for this job',
    ERR_OIDC_REQUEST_FAILED: 'no OIDC token from GitHub',
    ERR_CLAIM_MISMATCH: "a required claim doesn't match",
    ERR_CREDENTIALS_UNAVAILABLE: 'no usable credentials',
    ERR_STS_REJECTED: 'AWS refused',
    ERR_STS_UNAVAILABLE: 'AWS STS unavailable',
    ERR_STS_BAD_RESPONSE: 'invalid response from AWS STS',
    ERR_IDENTITY_MISMATCH: 'unexpected identity',
    ERR_PROFILE_WRITE: 'profile not written',
    ERR_TIMEOUT: 'timed out',
    ERR_UNEXPECTED: 'unexpected error',
};

;// CONCATENATED MODULE: ../build/core/summary/links.js
const SERVER = /^https?:\/\/[a-z0-9.-]+(?::\d+)?$/i;
const PART = '(?!\\.{1,2}(?:/|$))[\\w.@-]+';
const REPOSITORY = new RegExp(`^${PART}/${PART}$`);
const NUMBER = /^\d{1,20}$/;
const SHA = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
const REF = new RegExp(`^${PART}(?:/${PART})*$`);
function runUrl({ serverUrl, repository, runId, runAttempt }) {
    if (!SERVER.test(serverUrl) || !REPOSITORY.test(repository) || !NUMBER.test(runId))
        return undefined;
    const attempt = NUMBER.test(runAttempt) ? `/attempts/${runAttempt}` : '';
    return `${serverUrl}/${repository}/actions/runs/${runId}${attempt}`;
}
function commitUrl({ serverUrl, repository, sha }) {
    if (!SERVER.test(serverUrl) || !REPOSITORY.test(repository) || !SHA.test(sha))
        return undefined;
    return `${serverUrl}/${repository}/commit/${sha}`;
}
function helpUrl(topic, { serverUrl, action }) {
    const { repository, ref } = action;
    if (!SERVER.test(serverUrl) || !REPOSITORY.test(repository) || !REF.test(ref))
        return undefined;
    return `${serverUrl}/${repository}/blob/${ref}/${helpPath(topic)}`;
}
function helpPath({ code, likelyCause }) {
    return `docs/troubleshooting.md#${(likelyCause ?? code).toLowerCase().replaceAll(' ', '-')}`;
}
const CONSOLES = new Map([
    ['aws', 'https://console.aws.amazon.com'],
    ['aws-cn', 'https://console.amazonaws.cn'],
    ['aws-us-gov', 'https://console.amazonaws-us-gov.com'],
    ['aws-eusc', 'https://console.amazonaws-eusc.eu'],
]);
function trustPolicyUrl({ partition, roleName, }) {
    const host = CONSOLES.get(partition);
    if (host === undefined || !/^[\w+=,.@-]{1,64}$/.test(roleName))
        return undefined;
    return `${host}/iam/home#/roles/details/${encodeURIComponent(roleName)}?section=trust_relationships`;
}
function cloudTrailUrl(partition, region, operation) {
    const host = CONSOLES.get(partition);
    if (host === undefined || !/^[a-z0-9-]{1,63}$/.test(region))
        return undefined;
    return `${host}/cloudtrailv2/home?region=${region}#/events?EventName=${operation}`;
}

;// CONCATENATED MODULE: ../build/core/summary/heading.js







function withRun(text, words, run) {
    if (!run?.runNumber)
        return words;
    return `${words} · ${text.link(`run #${run.runNumber}`, runUrl(run))}`;
}
function headingOf(text, record, failure, isReported) {
    const { inputs, outcomes = [], run } = record;
    const { code } = failure;
    const mark = isReported ? '⚠️ Step passed, but not verified' : '❌ Not verified';
    const consequence = code === 'ERR_UNEXPECTED' ? '' : ', nothing exported';
    const caller = (0,identity_arn/* parseCallerArn */.go)(comparisonOf(record, failure)?.caller.arn ?? '');
    const what = inputs?.isForSeveralRoles && outcomes.some(hasFailed)
        ? formatCount(outcomes)
        : `${headlineOf(text, failure, caller)}${heading_placeOf(text, inputs, failure, caller)}`;
    return `## ${withRun(text, `${mark}${consequence}: ${what}`, run)}`;
}
function headlineOf(text, { code, cause }, caller) {
    const expected = cause instanceof Mismatch ? soleExpectedOf(cause) : undefined;
    if (!expected || !caller || nameOf(expected) === nameOf(caller))
        return HEADLINES[code];
    return `expected ${text.code(nameOf(expected))}, got ${text.code(nameOf(caller))}`;
}
function soleExpectedOf({ expected: { identities }, differences }) {
    const isMissed = differences.some(({ about }) => about === 'identity');
    return isMissed && Array.isArray(identities) && identities.length === 1 ? identities[0] : undefined;
}
function nameOf(identity) {
    return identity.kind === 'user' ? identity.userName : identity.roleName;
}
function heading_placeOf(text, inputs, failure, caller) {
    const role = roleIn(inputs, failure);
    const isMismatch = failure.code === 'ERR_IDENTITY_MISMATCH';
    const found = (isMismatch && caller) || role;
    if (!found)
        return '';
    return `${isMismatch ? '' : ` · ${text.code(nameOf(found))}`} in account ${text.code(found.accountId)}`;
}
function roleIn(inputs, { cause }) {
    if (!inputs || inputs.isForSeveralRoles)
        return undefined;
    const { roles } = inputs.targets[0];
    const isOfToken = cause instanceof remote_failure/* RemoteFailure */.p && cause.operation === 'AssumeRoleWithWebIdentity';
    const role = isOfToken ? roles[0] : roles.at(-1);
    return role?.kind === 'role' ? role : undefined;
}

;// CONCATENATED MODULE: ../build/core/summary/picture.js



const LINKS = {
    verified: ['passed', 'passed', 'passed'],
    ERR_OIDC_NOT_PERMITTED: ['broken', 'not-tried', 'not-tried'],
    ERR_OIDC_REQUEST_FAILED: ['broken', 'not-tried', 'not-tried'],
    ERR_CLAIM_MISMATCH: ['broken', 'not-tried', 'not-tried'],
    ERR_CREDENTIALS_UNAVAILABLE: ['broken', 'not-tried', 'not-tried'],
    ERR_STS_REJECTED: ['passed', 'broken', 'not-tried'],
    ERR_STS_UNAVAILABLE: ['passed', 'broken', 'not-tried'],
    ERR_STS_BAD_RESPONSE: ['passed', 'broken', 'not-tried'],
    ERR_IDENTITY_MISMATCH: ['passed', 'passed', 'broken'],
};
const ARROWS = {
    passed: label => `-- "✔ ${label}" -->`,
    broken: label => `-- "✘ ${label}" --x`,
    'not-tried': label => `-. "${label}" .->`,
};
const SOURCES = {
    oidc: { name: 'OIDC issuer', gives: 'token', by: 'GitHub' },
    'token-file': { name: 'token file', gives: 'token', by: '' },
    'access-keys': { name: 'access keys', gives: 'keys', by: '' },
    existing: { name: 'existing credentials', gives: 'keys', by: '' },
};
function sourceShown(record, outcome) {
    if (outcome === 'ERR_OIDC_NOT_PERMITTED')
        return 'oidc';
    return reusesExisting(record) ? 'existing' : record.inputs.source.kind;
}
function reusesExisting({ outcomes: [first] = [] }) {
    return first?.kind === 'match' && first.session.origin.kind === 'existing' && first.target.roles.length > 0;
}
function drawFlow(text, record, outcome, comparison) {
    const links = LINKS[outcome];
    if (!links)
        return '';
    const { run, claims } = record;
    const [given, assumed, verified] = links;
    const { name, gives, by } = SOURCES[sourceShown(record, outcome)];
    const roles = reusesExisting(record) ? [] : rolesShown(record);
    return [
        '```mermaid',
        'flowchart LR',
        `  repository[${text.label(run?.repository || 'this job', run?.ref ?? '', environmentIn(claims))}]`,
        `  source[${text.label(name, claims?.issuer ?? by)}]`,
        ...(roles.length > 0
            ? [`  role[${text.label(record.inputs.isForSeveralRoles ? 'roles' : 'role', ...roles)}]`]
            : []),
        `  account[${drawAccount(text, record, verified, comparison)}]`,
        `  repository ${ARROWS[given](outcome === 'ERR_CLAIM_MISMATCH' ? 'required claims' : gives)} source`,
        ...(roles.length > 0 ? [`  source ${ARROWS[assumed]('assume')} role`] : []),
        `  ${roles.length > 0 ? 'role' : 'source'} ${ARROWS[verified](verified === 'passed' ? 'verified' : 'verify')} account`,
        drawVerdict(links, roles.length > 0),
        '```',
    ].join('\n');
}
function environmentIn(claims) {
    const environment = claims?.all.environment;
    return typeof environment === 'string' ? `environment ${environment}` : '';
}
function callerShown({ caller }) {
    const identity = (0,identity_arn/* parseCallerArn */.go)(caller.arn);
    if (!identity)
        return [caller.accountId];
    return [identity.kind === 'user' ? identity.userName : identity.roleName, identity.accountId];
}
function rolesShown({ inputs, outcomes = [] }) {
    const { targets, isForSeveralRoles } = inputs;
    if (!isForSeveralRoles)
        return targets[0].roles.map(({ roleName }) => roleName);
    const failed = outcomes.filter(hasFailed).length;
    return [String(targets.length), ...(failed > 0 ? [`${failed} failed`] : [])];
}
function drawVerdict(links, hasRole) {
    const nodes = ['source', hasRole ? 'role' : 'account', 'account'];
    const broken = nodes[links.indexOf('broken')];
    return broken
        ? `  style ${broken} fill:#ffebe9,stroke:#cf222e,color:#cf222e`
        : '  style account fill:#dafbe1,stroke:#1a7f37,color:#1a7f37';
}
function drawAccount(text, record, verified, comparison) {
    const { targets, isForSeveralRoles } = record.inputs;
    if (isForSeveralRoles)
        return text.label('accounts', String(accountsOf(targets).size));
    if (verified === 'broken' && comparison)
        return text.label('actual caller', ...callerShown(comparison));
    const last = reusesExisting(record) ? undefined : targets[0].roles.at(-1);
    const meant = last?.kind === 'role' ? last.accountId : undefined;
    return text.label('account', meant ?? comparison?.caller.accountId ?? '');
}

;// CONCATENATED MODULE: ../build/core/trust-policy/suggestion.js

function suggestTrustPolicy(role, claims) {
    const { issuer, subject } = claims;
    const prefix = keyPrefix(issuer);
    const audiences = keyValues(issuer, 'aud', claims.all) ?? claims.audiences;
    const [audience, ...others] = audiences;
    const policy = {
        Version: subject.includes('${') ? '2008-10-17' : '2012-10-17',
        Statement: [
            {
                Effect: 'Allow',
                Principal: { Federated: federatedPrincipal(role, issuer) },
                Action: 'sts:AssumeRoleWithWebIdentity',
                Condition: others.length > 0
                    ? {
                        'ForAnyValue:StringEquals': { [`${prefix}aud`]: audiences },
                        StringEquals: { [`${prefix}sub`]: subject },
                    }
                    : { StringEquals: { [`${prefix}aud`]: audience, [`${prefix}sub`]: subject } },
            },
        ],
    };
    return JSON.stringify(policy, null, 2).replaceAll(/[^\n -~]|[`<>&*|]/g, escapeUnit);
}
function escapeUnit(unit) {
    return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
function cautionOf({ subject }) {
    if (!subject.endsWith(':pull_request'))
        return '';
    return 'With this policy every pull request from a branch of the repository may use the role, before anyone has reviewed it: give it no more than reading.';
}

;// CONCATENATED MODULE: ../build/core/summary/suggestion.js




function renderSuggestion(text, { inputs, claims }, { code, cause }, target) {
    const isRefused = cause instanceof remote_failure/* RemoteFailure */.p && cause.operation === 'AssumeRoleWithWebIdentity';
    const [role] = target.roles;
    if (code !== 'ERR_STS_REJECTED' || !isRefused || !inputs || !claims || role?.kind !== 'role')
        return '';
    if (tellsReason(cause))
        return '';
    const caution = cautionOf(claims);
    const masked = inputs.masksAccountIds ? ' Fill in the account ID.' : '';
    return joinSections([
        `**A trust policy for exactly this subject, audience and issuer.** If this job is meant to have the role, add the statement to its trust policy.${masked}`,
        caution ? `⚠️ ${text.lines(caution)}` : '',
        text.json(suggestTrustPolicy(role, claims)),
    ]);
}

;// CONCATENATED MODULE: ../build/core/summary/roles.js








function renderRoles(text, outcomes, areExported) {
    const failed = outcomes.filter(hasFailed);
    const passed = outcomes.filter(outcome => !hasFailed(outcome));
    const rows = [...failed, ...passed].map(outcome => [
        hasFailed(outcome) ? `${MARKS.fails} ${text.code(outcome.failure.code)}` : MARKS.holds,
        text.code(roles_nameOf(outcome)),
        roleOf(text, outcome),
        [callerOf(text, outcome), roles_requestIdOf(text, outcome)].filter(Boolean).join('<br>'),
        areExported ? expiryOf(outcome) : '',
    ]);
    return table(['', 'Profile', 'Role', 'Caller and request ID', 'Expires'], rows);
}
function renderFailedRoles(text, record) {
    const failed = (record.outcomes ?? []).filter(hasFailed);
    return joinSections(failed.map(each => renderFailedRole(text, each, record)));
}
function renderFailedRole(text, { target, failure }, record) {
    const [role] = target.roles;
    const explained = diagnose(failure, record, target);
    const help = record.run && helpUrl(explained, record.run);
    return details(`${text.code(target.profile?.name ?? '')}: ${text.plain(roles_reasonOf(failure))}`, joinSections([
        `**Who must act:** ${text.plain(whoMustAct(failure, role?.kind === 'role' ? role : undefined))}`,
        `**What to do:** ${text.lines(explained.hint)}`,
        help ? text.link(`Help for ${failure.code}`, help) : '',
        renderSuggestion(text, record, failure, target),
    ]));
}
function roles_reasonOf({ message, cause }) {
    if (cause instanceof Mismatch) {
        const guards = new Set(cause.differences.map(({ about }) => about));
        return `unexpected ${[...guards].join(', ')}`;
    }
    return message.split('\n')[0] ?? '';
}
function roles_nameOf({ target }) {
    return target.profile?.name ?? '';
}
function roleOf(text, { target }) {
    const [role] = target.roles;
    return role?.kind === 'role' ? text.link((0,identity_arn/* formatArn */.bH)(role), trustPolicyUrl(role)) : '';
}
function roles_requestIdOf(text, outcome) {
    const requestId = hasFailed(outcome) ? requestIdIn(outcome.failure) : outcome.requestId;
    return requestId === undefined ? '' : text.code(requestId);
}
function expiryOf(outcome) {
    const expiration = hasFailed(outcome) ? undefined : outcome.session.credentials.expiration;
    return expiration ? formatMinute(expiration) : '';
}
function callerOf(text, outcome) {
    const caller = hasFailed(outcome) ? comparisonOf({}, outcome.failure)?.caller : outcome.caller;
    return caller ? text.code(caller.arn) : '';
}

;// CONCATENATED MODULE: ../build/core/summary/summary.js











function renderVerified(record, matches, redact) {
    const { targets, isForSeveralRoles, requiredClaims } = record.inputs;
    const [match] = matches;
    const { identity } = match;
    const comparison = { expected: match.target.expected, caller: match.caller, differences: [] };
    const text = new SummaryText(redact);
    const who = isForSeveralRoles
        ? `${count(targets.length, 'role')} in ${count(accountsOf(targets).size, 'account')}`
        : `${text.code(identity.kind === 'user' ? identity.userName : identity.roleName)} in account ${text.code(identity.accountId)}`;
    return page([
        `## ✅ ${withRun(text, `Verified: ${who}`, record.run)}`,
        isForSeveralRoles
            ? renderRoles(text, matches, true)
            : renderComparison(text, comparison, requiredClaims, record.claims),
        renderSession(text, record.inputs, matches),
        renderLinks(text, record, isForSeveralRoles || identity.kind === 'user' ? undefined : identity),
        drawFlow(text, record, 'verified', comparison),
        renderForecast(text, record),
        record.claims ? summary_renderClaims(text, record.claims) : '',
    ]);
}
function renderFailure(record, failure, isReported, redact) {
    const text = new SummaryText(redact);
    const { inputs, claims } = record;
    const several = inputs?.isForSeveralRoles ? record.outcomes : undefined;
    const comparison = several ? undefined : comparisonOf(record, failure);
    const target = inputs && !inputs.isForSeveralRoles ? inputs.targets[0] : undefined;
    const role = roleIn(inputs, failure);
    const isClaimMismatch = failure.code === 'ERR_CLAIM_MISMATCH';
    const comparisonTable = renderTable(text, record, failure, comparison);
    const isShownInTable = comparisonTable !== '' && (isClaimMismatch || failure.code === 'ERR_IDENTITY_MISMATCH');
    return page([
        headingOf(text, record, failure, isReported),
        several ? '' : `${text.code(failure.code)} · **Who must act:** ${text.plain(whoMustAct(failure, role))}`,
        several ? renderRoles(text, several, false) : '',
        comparisonTable,
        several || isShownInTable ? '' : `**What happened:** ${text.lines(failure.message)}`,
        several ? renderFailedRoles(text, record) : `**What to do:** ${text.lines(failure.hint)}`,
        isShownInTable ? renderRequestId(text, step_record_requestIdOf(failure, record)) : '',
        target ? renderSuggestion(text, record, failure, target) : '',
        renderLinks(text, record, isClaimMismatch ? undefined : role, failure),
        inputs
            ? drawFlow(text, { ...record, inputs }, stageOf(failure, inputs), comparisonOf(record, failure))
            : '',
        renderForecast(text, record),
        claims ? summary_renderClaims(text, claims) : '',
    ]);
}
function renderTable(text, { inputs, claims }, { code }, comparison) {
    const required = inputs?.requiredClaims ?? [];
    if (comparison)
        return renderComparison(text, comparison, required, claims);
    return code === 'ERR_CLAIM_MISMATCH' && claims && required.length > 0
        ? renderRequiredClaims(text, required, claims)
        : '';
}
function page(sections) {
    return `${joinSections(sections)}\n`;
}
function count(number, what) {
    return `${number} ${what}${number === 1 ? '' : 's'}`;
}
function stageOf({ code, cause }, { targets, isForSeveralRoles }) {
    if (!(cause instanceof remote_failure/* RemoteFailure */.p))
        return code;
    const isUnproved = cause.operation === 'GetCallerIdentity';
    const isLast = isForSeveralRoles || targets[0].roles.length === 0 || cause.isOfNewSession;
    return isUnproved && isLast ? 'ERR_IDENTITY_MISMATCH' : code;
}
function renderSession(text, inputs, matches) {
    const [{ identity, session, requestId }] = matches;
    const answeredBy = answeringRegions(inputs, matches);
    return [
        identity.kind === 'assumed-role' ? `**Session** ${text.code(identity.sessionName)}` : '',
        `**Region** ${text.code(inputs.region)}`,
        answeredBy === inputs.region ? '' : `**Answered by** ${text.code(answeredBy)}`,
        inputs.isForSeveralRoles ? '' : renderExpiry(session.credentials.expiration),
        `**Exported to** ${destinations(text, inputs, session)}`,
        inputs.isForSeveralRoles ? '' : renderRequestId(text, requestId),
    ]
        .filter(Boolean)
        .join(' · ');
}
function renderExpiry(expiration) {
    return expiration ? `**Expires** ${formatMinute(expiration)}` : '';
}
function renderRequestId(text, requestId) {
    return requestId === undefined ? '' : `**Request ID** ${text.code(requestId)}`;
}
function answeringRegions({ region }, matches) {
    return [...new Set(matches.map(({ caller }) => caller.answeredBy ?? region))].join(', ');
}
function destinations(text, inputs, { origin }) {
    const [{ profile }] = inputs.targets;
    const places = [
        inputs.exportsEnvironment && origin.kind !== 'existing' ? 'the environment' : '',
        profile && !inputs.isForSeveralRoles ? `the profile ${text.code(profile.name)}${renewing(profile)}` : '',
        profile && inputs.isForSeveralRoles ? `a profile for each role${renewing(profile)}` : '',
        inputs.outputsCredentials ? "the step's outputs" : '',
    ];
    return places.filter(Boolean).join(', ') || 'nothing (verify only)';
}
function renewing({ refreshes }) {
    return refreshes ? ' (renews itself)' : '';
}
function renderLinks(text, record, role, failure) {
    const { run } = record;
    const links = [
        ...(failure && run ? [[`Help for ${failure.code}`, helpUrl(failure, run)]] : []),
        ...(role
            ? [[`Trust policy in the IAM console of account ${role.accountId}`, trustPolicyUrl(role)]]
            : []),
        ...cloudTrailLinks(record, role?.partition, failure),
        ...(run ? [[`Commit ${run.sha.slice(0, 7)}`, commitUrl(run)]] : []),
    ];
    return links
        .filter(([, url]) => url !== undefined)
        .map(([label, url]) => text.link(label, url))
        .join(' · ');
}
function cloudTrailLinks(record, partitionOfRole, failure) {
    const { inputs, calls = [] } = record;
    const { cause } = failure ?? {};
    if (cause instanceof remote_failure/* RemoteFailure */.p && cause.operation === 'GetIdToken')
        return [];
    const operation = cause instanceof remote_failure/* RemoteFailure */.p ? cause.operation : issuedBy(record);
    const roles = inputs?.targets.flatMap(each => each.roles) ?? [];
    const partition = partitionOfRole ?? roles.find(each => each.kind === 'role')?.partition;
    const region = calls.at(-1)?.region;
    if (!operation || !partition || !region)
        return [];
    return [[`${operation} in CloudTrail`, cloudTrailUrl(partition, region, operation)]];
}
function issuedBy(record) {
    if (!record.inputs?.isForSeveralRoles)
        return issuingCallOf(record)?.operation;
    return record.calls?.findLast(({ operation }) => operation !== 'GetCallerIdentity')?.operation;
}
function renderForecast(text, { forecast }) {
    if (!forecast)
        return '';
    const { path, prediction, remarks } = forecast;
    const rows = prediction.statements.flatMap(({ name, effect, checks }) => checks.map(({ what, wanted, found, outcome }) => [
        text.code(`${name} (${effect})`),
        text.code(what),
        text.code(wanted),
        text.code(found),
        MARKS[outcome],
    ]));
    const head = `**${text.code(path)}** predicts: ${prediction.decision === 'unknown' ? "can't tell" : prediction.decision}`;
    return joinSections([
        head,
        table(['Statement', 'Check', 'Wanted', 'Found', ''], rows),
        text.lines(remarks.map(line => `- ${line}`).join('\n')),
    ]);
}
const CLAIMS_THAT_MATTER = [
    'sub',
    'aud',
    'iss',
    'repository',
    'ref',
    'environment',
    'event_name',
    'actor',
    'job_workflow_ref',
    'workflow_ref',
    'runner_environment',
    'sha',
    'run_id',
];
function summary_renderClaims(text, { all }) {
    const present = CLAIMS_THAT_MATTER.filter(name => all[name] !== undefined);
    const rows = present.map(name => [name.replaceAll('_', '&#95;'), text.code(summary_formatClaim(all[name]))]);
    return details("The token's claims", table(['Claim', 'Value'], rows));
}
function summary_formatClaim(value) {
    if (typeof value === 'string')
        return value;
    try {
        return JSON.stringify(value);
    }
    catch {
        return '(nested too deep to be shown)';
    }
}

// EXTERNAL MODULE: ../node_modules/@actions/github/lib/context.js
var lib_context = __webpack_require__(1231);
// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __webpack_require__(3024);
var external_node_fs_default = /*#__PURE__*/__webpack_require__.n(external_node_fs_);
;// CONCATENATED MODULE: ../build/runner/regular-file.js

const MAX_BYTES = 1024 * 1024;
const NO_FOLLOW = external_node_fs_.constants.O_NOFOLLOW ?? 0;
const NONBLOCKING = external_node_fs_.constants.O_NONBLOCK ?? 0;
function openRegular(path, flags) {
    const descriptor = (0,external_node_fs_.openSync)(path, flags | NONBLOCKING, 0o600);
    try {
        if (!(0,external_node_fs_.fstatSync)(descriptor).isFile())
            throw new Error("it isn't a regular file");
        return descriptor;
    }
    catch (error) {
        (0,external_node_fs_.closeSync)(descriptor);
        throw error;
    }
}
function readRegularFile(path, { flags = 0, maxBytes } = {}) {
    const descriptor = openRegular(path, external_node_fs_.constants.O_RDONLY | flags);
    try {
        const status = (0,external_node_fs_.fstatSync)(descriptor, { bigint: true });
        const bytes = maxBytes === undefined ? (0,external_node_fs_.readFileSync)(descriptor) : readAtMost(descriptor, maxBytes + 1);
        if (maxBytes !== undefined && bytes.length > maxBytes)
            throw new Error(`it is larger than ${maxBytes} bytes`);
        return { bytes, status };
    }
    finally {
        (0,external_node_fs_.closeSync)(descriptor);
    }
}
function readRegularText(path, { flags = 0 } = {}) {
    return readRegularFile(path, { flags, maxBytes: MAX_BYTES }).bytes.toString();
}
function readAtMost(descriptor, maxBytes) {
    const buffer = Buffer.alloc(maxBytes);
    let length = 0;
    for (;;) {
        const count = (0,external_node_fs_.readSync)(descriptor, buffer, length, maxBytes - length, null);
        length += count;
        if (count === 0 || length === maxBytes)
            return buffer.subarray(0, length);
    }
}

;// CONCATENATED MODULE: ../build/github/run-context.js


function readRunContext() {
    const { payload, ref } = readContext();
    const { env } = process;
    const repository = env.GITHUB_REPOSITORY ?? '';
    const head = payload.pull_request?.head?.repo?.full_name;
    return {
        serverUrl: (env.GITHUB_SERVER_URL || 'https://github.com').replace(/\/+$/, ''),
        repository,
        repositoryId: env.GITHUB_REPOSITORY_ID ?? '',
        runId: env.GITHUB_RUN_ID ?? '',
        runNumber: env.GITHUB_RUN_NUMBER ?? '',
        runAttempt: env.GITHUB_RUN_ATTEMPT ?? '',
        workflowRef: env.GITHUB_WORKFLOW_REF ?? '',
        ref: ref ?? '',
        sha: env.GITHUB_SHA ?? '',
        actor: env.GITHUB_ACTOR ?? '',
        action: {
            repository: env.GITHUB_ACTION_REPOSITORY ?? '',
            ref: env.GITHUB_ACTION_REF ?? '',
        },
        fork: typeof head === 'string' && head !== repository,
    };
}
function readContext() {
    const { GITHUB_EVENT_PATH: path } = process.env;
    delete process.env.GITHUB_EVENT_PATH;
    try {
        const context = new lib_context/* Context */.o();
        context.payload = readEvent(path ?? '');
        return context;
    }
    finally {
        if (path !== undefined)
            process.env.GITHUB_EVENT_PATH = path;
    }
}
function readEvent(path) {
    try {
        return Object(JSON.parse(readRegularText(path)));
    }
    catch {
        return {};
    }
}

;// CONCATENATED MODULE: ../build/process/cancellation.js
const SIGNALS = ['SIGINT', 'SIGTERM'];
function endOnCancellation(deadline) {
    for (const signal of SIGNALS)
        process.on(signal, () => deadline.cancel());
}

// EXTERNAL MODULE: external "node:timers/promises"
var promises_ = __webpack_require__(8500);
;// CONCATENATED MODULE: ../build/process/deadline.js


class Deadline {
    #seconds;
    #endMs;
    #cancellation = new AbortController();
    signal;
    constructor(seconds, beganMs = 0) {
        this.#seconds = seconds;
        this.#endMs = seconds === 0 ? Infinity : beganMs + seconds * 1000;
        const { signal } = this.#cancellation;
        this.signal = seconds === 0 ? signal : AbortSignal.any([signal, timeout(this.#endMs - performance.now())]);
    }
    cancel() {
        this.#cancellation.abort();
    }
    async race(waitingFor, work) {
        let expire = () => { };
        const expiry = new Promise((_, reject) => {
            expire = () => reject(this.#expired(`waiting for ${waitingFor}`));
        });
        this.signal.addEventListener('abort', expire);
        if (this.signal.aborted)
            expire();
        try {
            return await Promise.race([work, expiry]);
        }
        catch (error) {
            throw this.signal.aborted ? this.#expired(`waiting for ${waitingFor}`) : error;
        }
        finally {
            this.signal.removeEventListener('abort', expire);
        }
    }
    pause = async (milliseconds, waitingFor) => {
        await this.race(waitingFor, (0,promises_.setTimeout)(milliseconds));
    };
    assertTimeLeft(before) {
        if (this.signal.aborted || performance.now() >= this.#endMs)
            throw this.#expired(`before ${before}`);
    }
    #expired(when) {
        if (this.#cancellation.signal.aborted) {
            return new GateError('ERR_TIMEOUT', `the job was cancelled ${when}`, "No credentials were exported. If you didn't cancel the job, run it again.");
        }
        return new GateError('ERR_TIMEOUT', `timed out after ${this.#seconds} s ${when}`, 'Check what took so long, or raise action-timeout-s.');
    }
}
function timeout(milliseconds) {
    return AbortSignal.timeout(Math.max(0, Math.ceil(milliseconds)));
}

;// CONCATENATED MODULE: ../build/process/end.js


const POOLED = /^(GetAddrInfo|GetNameInfo|FS)Req/;
function endProcess(passes) {
    const { stdout } = process;
    if (stdout.writableLength === 0)
        void endNow(passes);
    else
        stdout.write('', () => void endNow(passes));
}
const GRACE_MS = 250;
async function endNow(passes) {
    for (let waited = 0; isPoolBusy() && waited < GRACE_MS; waited += 10)
        await (0,promises_.setTimeout)(10);
    if (isPoolBusy())
        leavePool(passes);
    process.exit(passes ? 0 : 1);
}
function isPoolBusy() {
    return process.getActiveResourcesInfo().some(kind => POOLED.test(kind));
}
const SHELL = '/bin/sh';
function leavePool(passes) {
    if (!passes) {
        process.removeAllListeners('SIGTERM');
        process.kill(process.pid, 'SIGTERM');
    }
    else if ((0,external_node_fs_.existsSync)(SHELL)) {
        process.execve?.(SHELL, [SHELL, '-c', 'exit 0'], {});
    }
}

// EXTERNAL MODULE: external "node:tls"
var external_node_tls_ = __webpack_require__(1692);
;// CONCATENATED MODULE: ../build/process/node.js


function assertNode() {
    if ("getCACertificates" in external_node_tls_)
        return;
    throw new GateError('ERR_UNEXPECTED', `the runner has Node ${process.versions.node}, which is too old`, 'Nothing was sent to GitHub or AWS.\nWhoever runs the runner: put Node 24 first in PATH. 22.15 is the oldest that works.', { cause: new RunnerError(), likelyCause: 'Node of the runner' });
}

// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __webpack_require__(7598);
// EXTERNAL MODULE: external "node:os"
var external_node_os_ = __webpack_require__(8161);
;// CONCATENATED MODULE: ../build/core/outcome/command-file-failure.js


function commandFileFailure({ name, path, cause }, left) {
    const place = path === '' ? '' : ` (${(0,base_text/* quote */.hD)(path)})`;
    return new GateError('ERR_UNEXPECTED', `${name}${place} can't be written: ${(0,base_text/* escapeControls */.UN)(reasonOf(cause))}`, `${consequenceOf(left)}\n${adviceFor(cause)}`, { cause: new RunnerError(reasonOf(cause), { cause }), likelyCause: 'files of the runner' });
}
function consequenceOf(left) {
    if (left.length === 0)
        return 'No credentials were exported.';
    return `What was already written to ${left.join(' and ')} couldn't be removed, so later steps may get some of it. If that includes credentials, the post step blanks their variables when the job ends. To keep them from later steps, cancel the job.`;
}
function adviceFor(cause) {
    const { code } = Object(cause);
    switch (code) {
        case 'ENOSPC':
        case 'EDQUOT':
            return "Whoever runs the runner: free up disk space where the runner's files are, or raise the quota. Then run the job again.";
        case 'EFBIG':
            return "Whoever runs the runner: raise the limit on file sizes (ulimit -f) of the runner's user. Then run the job again.";
        case 'EACCES':
        case 'EPERM':
        case 'EROFS':
            return "Whoever runs the runner: let its user write to this file. Check the file's permissions and attributes, and whether its disk is mounted read-only.";
        case undefined:
        case 'ENOENT':
        case 'ENOTDIR':
        case 'EISDIR':
        case 'ENXIO':
        case 'ELOOP':
            return 'The runner creates this file for every step. Check whether an earlier step removed or replaced it.';
        default:
            return 'Whoever runs the runner: check its disk and its system log. Then run the job again.';
    }
}

;// CONCATENATED MODULE: ../build/runner/command-file.js





let areClosed = false;
function closeCommandFiles() {
    areClosed = true;
}
function areCommandFilesClosed() {
    return areClosed;
}
function command_file_appendTogether(...appends) {
    if (areClosed)
        throw new Error('the step is over');
    const texts = appends
        .filter(([, variables]) => Object.keys(variables).length > 0)
        .map(([name, variables]) => [name, format(variables)]);
    const files = new CommandFiles();
    try {
        for (const [name] of texts)
            files.open(name);
        for (const [name, text] of texts)
            files.append(name, text);
    }
    finally {
        files.close();
    }
}
class CommandFiles {
    #files = new Map();
    open(name) {
        if (this.#files.has(name))
            return;
        const path = process.env[name] ?? '';
        this.#told(name, path, () => {
            if (path === '')
                throw new Error('the variable is not set, as it is in every step of a GitHub runner');
            const descriptor = openRegular(path, external_node_fs_.constants.O_WRONLY | external_node_fs_.constants.O_APPEND);
            this.#files.set(name, { path, descriptor, length: (0,external_node_fs_.fstatSync)(descriptor).size });
        });
    }
    append(name, text) {
        const file = this.#files.get(name);
        if (!file)
            throw new Error(`${name} is not open`);
        this.#told(name, file.path, () => writeWhole(file.descriptor, Buffer.from(text)));
    }
    close() {
        for (const { descriptor } of this.#files.values())
            closeQuietly(descriptor);
    }
    #told(name, path, work) {
        try {
            work();
        }
        catch (error) {
            throw commandFileFailure({ name, path, cause: named(error) }, this.#takeBack());
        }
    }
    #takeBack() {
        return [...this.#files].filter(([, file]) => !isTakenBack(file)).map(([name]) => name);
    }
}
function isTakenBack({ descriptor, length }) {
    try {
        if ((0,external_node_fs_.fstatSync)(descriptor).size !== length)
            (0,external_node_fs_.ftruncateSync)(descriptor, length);
        return true;
    }
    catch {
        return false;
    }
}
function named(error) {
    const { code, errno, message } = Object(error);
    const name = Object.entries(external_node_os_.constants.errno).find(([, number]) => number === -errno)?.[0];
    if (code !== 'UNKNOWN' || name === undefined)
        return error;
    return Object.assign(new Error(message.replace(code, name), { cause: error }), { code: name });
}
function closeQuietly(descriptor) {
    try {
        (0,external_node_fs_.closeSync)(descriptor);
    }
    catch {
    }
}
function writeWhole(descriptor, bytes) {
    for (let written = 0; written < bytes.length;)
        written += (0,external_node_fs_.writeSync)(descriptor, bytes, written);
}
function format(variables) {
    const delimiter = `ghadelimiter_${(0,external_node_crypto_.randomUUID)()}`;
    const blocks = Object.entries(variables).map(([name, value]) => [`${name}<<${delimiter}`, value, delimiter]);
    return `${blocks.flat().join(external_node_os_.EOL)}${external_node_os_.EOL}`;
}

// EXTERNAL MODULE: ../node_modules/@aws-sdk/util-endpoints/dist-es/index.js
var dist_es = __webpack_require__(4148);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(6760);
var external_node_path_default = /*#__PURE__*/__webpack_require__.n(external_node_path_);
;// CONCATENATED MODULE: ../build/runner/workspace-file.js




function readWorkspaceFile(file) {
    return readRegularText(fromWorkspace(file));
}
const KUBELET_TOKEN = /^\/var\/run\/secrets\/[^/]+\/serviceaccount\/token$/;
function readTokenFile(name) {
    const file = fromWorkspace(name);
    if (KUBELET_TOKEN.test(external_node_path_default().normalize(name)))
        return readRegularText(file);
    const base = workspace_file_isWithin(workspace(), file) ? workspace() : external_node_path_default().parse(file).root;
    const expected = external_node_path_default().join((0,external_node_fs_.realpathSync)(base), external_node_path_default().relative(base, file));
    const actual = (0,external_node_fs_.realpathSync)(file);
    if (!isSame(actual, expected))
        throw new Error(`a symbolic link on its path leads to ${(0,base_text/* quote */.hD)(actual)}, which may be another job's token: if that is the file you mean, give that path`);
    return readRegularText(file, { flags: NO_FOLLOW });
}
function fromWorkspace(file) {
    return external_node_path_default().resolve(workspace(), file);
}
function workspace() {
    return external_node_path_default().resolve(process.env.GITHUB_WORKSPACE ?? '');
}
function workspace_file_isWithin(folder, file, { isAbsolute, relative, sep } = (external_node_path_default())) {
    const rest = relative(folder, file);
    return !isAbsolute(rest) && rest.split(sep)[0] !== '..';
}
function isSame(one, other, { relative } = (external_node_path_default())) {
    return relative(one, other) === '';
}

;// CONCATENATED MODULE: ../build/runner/ca-bundle.js



const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const read = new Map();
function readRoots(path) {
    if (path === undefined)
        return [];
    const known = read.get(path);
    if (known)
        return known;
    const texts = readWorkspaceFile(path).match(CERTIFICATE) ?? [];
    if (texts.length === 0)
        throw new Error('it holds no certificate in PEM');
    const roots = texts.map(text => new external_node_crypto_.X509Certificate(text).toString());
    read.set(path, roots);
    return roots;
}
function caBundleProblem(path) {
    try {
        readRoots(path);
        return undefined;
    }
    catch (error) {
        return reasonOf(error);
    }
}

;// CONCATENATED MODULE: ../build/runner/inputs.js


const PREFIX = 'INPUT_';
function readInputs() {
    const inputs = {};
    for (const [name, value = ''] of Object.entries(process.env)) {
        if (name.startsWith(PREFIX))
            inputs[name.slice(PREFIX.length)] = value;
    }
    return inputs;
}
function readSurroundings() {
    return { partitionOf: region => (0,dist_es/* partition */.jB)(region).name, caBundleProblem: caBundleProblem, environment: process.env };
}
function readRenewalSurroundings() {
    const names = ['ACTIONS_ID_TOKEN_REQUEST_URL', 'ACTIONS_ID_TOKEN_REQUEST_TOKEN', 'NODE_DEBUG'];
    const environment = Object.fromEntries(names.map(name => [name, process.env[name]]));
    return { ...readSurroundings(), environment };
}

// EXTERNAL MODULE: ../node_modules/@actions/core/lib/core.js + 8 modules
var lib_core = __webpack_require__(1500);
;// CONCATENATED MODULE: ../build/core/base/redaction.js
function formsOf(secret) {
    const encoded = encodeURIComponent(secret.toWellFormed());
    return [...new Set([secret, encoded, encoded.replaceAll(/%../g, octet => octet.toLowerCase())])];
}
function redactText(text, { secretForms, accountIds }, mark = '***') {
    const spans = [
        ...Array.from(secretForms).flatMap(form => occurrencesOf(form, text)),
        ...tokensIn(text),
        ...(accountIds ? redaction_accountIdsIn(text) : []),
    ];
    return replaceSpans(text, spans, mark);
}
function occurrencesOf(form, text) {
    const spans = [];
    if (form === '')
        return spans;
    for (let start = text.indexOf(form); start >= 0; start = text.indexOf(form, start + 1)) {
        spans.push([start, start + form.length]);
    }
    return spans;
}
function tokensIn(text) {
    return Array.from(text.matchAll(/[\w.-]+/g)).flatMap(({ 0: word, index }) => {
        const start = startOfToken(word);
        return start === undefined ? [] : [[index + start, index + word.length]];
    });
}
const SHORTEST_HEADER = 11;
function startOfToken(word) {
    let from = 0;
    for (let dot = word.indexOf('.'); dot >= 0; dot = word.indexOf('.', from)) {
        const start = word.indexOf('eyJ', from);
        if (start < 0)
            return undefined;
        if (dot - start >= SHORTEST_HEADER)
            return start;
        from = dot + 1;
    }
    return undefined;
}
function redaction_accountIdsIn(text) {
    const runs = text.matchAll(/\d(?:[-_ .]?\d){11,}|\d{10,}/g);
    return Array.from(runs, ({ 0: run, index }) => [index, index + run.length]);
}
function replaceSpans(text, spans, mark) {
    let clean = '';
    let end = 0;
    for (const [start, spanEnd] of spans.toSorted(([a], [b]) => a - b)) {
        const continues = end > 0 && start <= end;
        if (!continues)
            clean += text.slice(end, start) + mark;
        end = Math.max(end, spanEnd);
    }
    return clean + text.slice(end);
}

;// CONCATENATED MODULE: ../build/core/network/proxy-secrets.js

const MAY_HOLD_PASSWORDS = [
    'INPUT_HTTP-PROXY',
    ...['https_proxy', 'http_proxy', 'all_proxy'].flatMap(name => [name, name.toUpperCase()]),
];
function proxySecrets(environment) {
    return MAY_HOLD_PASSWORDS.flatMap(name => {
        const address = (environment[name] ?? '').trim().replace(/^[^:/@]*:\/\//, '');
        const { user = '', password = '' } = /^(?<user>[^:]*):(?<password>.+)@/s.exec(address)?.groups ?? {};
        return password === '' ? [] : formsOfPassword(user, password);
    });
}
function formsOfPassword(user, password) {
    const plain = decode(password);
    const basic = Buffer.from(`${decode(user)}:${plain}`).toString('base64');
    return [password, plain, basic];
}
function decode(text) {
    try {
        return (0,proxy_address/* decodeUserinfo */.uQ)(text);
    }
    catch {
        return text;
    }
}

;// CONCATENATED MODULE: ../build/runner/log.js





const secretForms = new Set();
const knownForms = new Set();
let redactsAccountIds = false;
function maskSecret(secret) {
    maskPassword(secret);
    if (secret !== '')
        for (const form of formsOf(secret))
            knownForms.add(form);
}
function maskPassword(secret) {
    if (secret === '')
        return;
    lib_core/* setSecret */.Pq(secret);
    for (const form of formsOf(secret))
        secretForms.add(form);
}
const BORN_WITH = [
    'ACTIONS_ID_TOKEN_REQUEST_TOKEN',
    'INPUT_AWS-ACCESS-KEY-ID',
    'INPUT_AWS-SECRET-ACCESS-KEY',
    'INPUT_AWS-SESSION-TOKEN',
];
function maskInheritedSecrets() {
    for (const name of BORN_WITH)
        maskSecret(process.env[name]?.trim() ?? '');
    for (const secret of proxySecrets(process.env))
        maskPassword(secret);
}
function maskSession({ credentials }) {
    maskSecret(credentials.secretAccessKey);
    maskSecret(credentials.sessionToken ?? '');
    maskSecret(credentials.accessKeyId);
}
function maskAccountIds(accountIds = []) {
    redactsAccountIds = true;
    for (const accountId of accountIds)
        lib_core/* setSecret */.Pq(accountId);
}
function redact(text, mark) {
    return redactText(text, { secretForms, accountIds: redactsAccountIds }, mark);
}
function redactSecrets(text) {
    return redactText(text, { secretForms: knownForms, accountIds: false });
}
function redactReport(text) {
    const long = Array.from(secretForms).filter(form => form.length >= 8);
    return redactText(text, { secretForms: [...knownForms, ...long], accountIds: false });
}
function maskAccountIdsIn(text, mark) {
    return redactText(text, { secretForms: [], accountIds: redactsAccountIds }, mark);
}
function clean(text) {
    return (0,base_text/* truncateLines */.SV)(redact(text));
}
function info(text) {
    lib_core/* info */.pq((0,base_text/* escapeLogLine */._P)(clean(text)));
}
function notice(text) {
    lib_core/* notice */.lm(clean(text));
}
function warning(text) {
    lib_core/* warning */.$e(clean(text));
}
function error(failure) {
    endGroup();
    lib_core/* error */.z3(clean(formatFailure(failure)), { title: titleOf(failure) });
}
function reportedMismatch(failure) {
    lib_core/* warning */.$e(clean(formatFailure(failure)), { title: titleOf(failure) });
}
function titleOf({ code }) {
    return `AWS Role Gate: ${HEADLINES[code]} (${code})`;
}
async function logGroup(title, work) {
    lib_core/* startGroup */.Oh((0,base_text/* escapeLogLine */._P)(clean(title)));
    hasOpenGroup = true;
    try {
        return await work();
    }
    finally {
        endGroup();
    }
}
let hasOpenGroup = false;
function endGroup() {
    if (hasOpenGroup)
        lib_core/* endGroup */.N4();
    hasOpenGroup = false;
}
function formatFailure({ code, message, hint }) {
    return `${code}: ${message}\n${hint}`;
}

;// CONCATENATED MODULE: ../build/runner/summary.js





const summary_MAX_BYTES = 1024 * 1024;
const MASKED = '(masked)';
function writeSummary(render) {
    if (areCommandFilesClosed())
        return;
    try {
        const markdown = render(text => redact(text, MASKED));
        if (Buffer.byteLength(markdown) > summary_MAX_BYTES)
            throw new Error('it is longer than 1 MiB');
        const { GITHUB_STEP_SUMMARY: path } = process.env;
        if (!path)
            throw new Error('GITHUB_STEP_SUMMARY names no file');
        replaceText(path, markdown);
    }
    catch (error) {
        warning(`the job summary could not be written: ${reasonOf(error)}`);
    }
}
function replaceText(path, text) {
    const descriptor = openRegular(path, external_node_fs_.constants.O_WRONLY | external_node_fs_.constants.O_CREAT);
    try {
        (0,external_node_fs_.ftruncateSync)(descriptor);
        (0,external_node_fs_.writeFileSync)(descriptor, text);
    }
    finally {
        (0,external_node_fs_.closeSync)(descriptor);
    }
}

// EXTERNAL MODULE: ../build/core/network/retry-policy.js
var retry_policy = __webpack_require__(3989);
;// CONCATENATED MODULE: ../build/core/outcome/explanation.js







function oidcNotPermitted(fork, otherwise = '') {
    const yaml = 'Add to the job (or the workflow), and to the caller of a reusable workflow:\n  permissions:\n    id-token: write\n    contents: read';
    const forkNote = 'This run is for a pull request from a fork. By default, GitHub gives it no OIDC token. Deploy from a run in your own repository.';
    return new GateError('ERR_OIDC_NOT_PERMITTED', "This job can't request an OIDC token from GitHub", [
        fork ? `${forkNote}\n${yaml}` : `${yaml}\nBy default, a pull request from a fork gets no OIDC token.`,
        ...(otherwise ? [`The job has no credentials either: ${(0,base_text/* escapeControls */.UN)(otherwise)}`] : []),
    ].join('\n'));
}
function credentialsUnavailable(reason, cause, likelyCause) {
    return new GateError('ERR_CREDENTIALS_UNAVAILABLE', `the job has no usable credentials: ${(0,base_text/* escapeControls */.UN)(reason)}`, "Checked: environment variables, the profile in AWS's shared files, container and instance roles. Run the step that creates credentials first, or assume a role with GitHub's OIDC token.", { cause, likelyCause });
}
class DisputedCredentials extends Error {
}
function credentialsDisputed(reason) {
    return credentialsUnavailable(reason, new DisputedCredentials(reason), 'credentials that tools read differently');
}
function tokenFileUnusable(path, reason) {
    return new GateError('ERR_CREDENTIALS_UNAVAILABLE', `web-identity-token-file: ${(0,base_text/* quote */.hD)(path)} can't be used: ${(0,base_text/* escapeControls */.UN)(reason)}`, 'Set the path of the token file itself, relative to the workspace or absolute, and check that its issuer keeps it current.', { likelyCause: 'web identity token file' });
}
function noPlainKey(attempts) {
    return new GateError('ERR_STS_UNAVAILABLE', attempts === 1
        ? 'the key of the only session had special characters'
        : `every key in ${attempts} sessions had special characters`, 'About two in three do. Raise `retry-max-attempts`, or remove `special-characters-workaround` if your tools can handle them.');
}
function idTokenFailure(failure, attempts) {
    const message = `no OIDC token from GitHub after ${formatAttempts(attempts)}: ${failure.summary}`;
    return new GateError('ERR_OIDC_REQUEST_FAILED', message, idTokenHint(failure), optionsFor(failure));
}
function optionsFor(cause) {
    return cause.kind === 'proxy-refusal' ? { cause, likelyCause: 'proxies' } : { cause };
}
function idTokenHint(failure) {
    switch (failure.kind) {
        case 'proxy-refusal':
            return proxyHint(failure);
        case 'untrusted':
            return "The certificate isn't trusted, so no token was requested. For a GitHub server with a private CA, set NODE_EXTRA_CA_CERTS in the `.env` of the runner. For an HTTPS proxy, add its root CA to ca-bundle.";
        case 'malformed-response':
            return "Something other than GitHub's token service responded, such as a proxy, a firewall or a login page. On a self-hosted runner, check its connection to the token service, http-proxy and no-proxy.";
        case 'error-response':
        case 'no-response':
            return (0,retry_policy/* decide */.LD)(failure) === 'final'
                ? "GitHub's token service refused this job: check its `id-token: write` permission, and the organization's OIDC settings."
                : "Check for a GitHub Actions incident, and run the job again. On a self-hosted runner, check that it can reach GitHub's token service.";
    }
}
function stsFailure(failure, attempts, asked) {
    const decision = (0,retry_policy/* decide */.LD)(failure);
    const options = optionsFor(failure);
    const { operation, summary, requestId } = failure;
    const ofRequest = requestId === undefined ? '' : `\n- request ID: ${requestId}`;
    const ignored = ignoredNote(asked.ignoredVariables);
    if (failure.kind === 'malformed-response') {
        const message = `unexpected response to ${operation} from ${asked.endpoints.at(-1)} after ${formatAttempts(attempts)}: ${summary}${ofRequest}`;
        const hint = `Something between the runner and AWS responded instead, or sts-endpoint doesn't point to AWS STS.${ignored}`;
        return new GateError('ERR_STS_BAD_RESPONSE', message, hint, options);
    }
    if (failure.kind === 'error-response' && isRefusal(decision)) {
        const who = failure.code ? 'AWS' : asked.endpoints.at(-1);
        const message = `${who} refused ${operation}: ${summary}${formatAsked(asked)}${ofRequest}`;
        const { hint, likelyCause } = refusalAdvice(failure, asked);
        return new GateError('ERR_STS_REJECTED', message, hint, { ...options, likelyCause });
    }
    const message = `${operation} failed after ${formatAttempts(attempts)} at ${asked.endpoints.join(' and ')}: ${summary}${ofRequest}`;
    return new GateError('ERR_STS_UNAVAILABLE', message, `${unavailableHint(failure)}${ignored}`, options);
}
function isRefusal(decision) {
    return ['final', 'awaiting-propagation', 'retry-with-corrected-clock'].includes(decision);
}
function formatAttempts(attempts) {
    return attempts === 1 ? '1 attempt' : `${attempts} attempts`;
}
function formatAsked({ request, claims }) {
    if (!request)
        return '';
    const role = `\n- role: ${(0,identity_arn/* formatArn */.bH)(request.role)}`;
    return claims ? `${role}${formatToken(request, claims)}` : `${role}${formatExtras(request)}`;
}
function formatToken({ role }, claims) {
    return formatList([
        `required OIDC provider: ${federatedPrincipal(role, claims.issuer)}`,
        `sub: ${claims.subject}`,
        `aud: ${claims.audiences.join(', ')}`,
        `iss: ${claims.issuer}`,
        `other claims that IAM can test: ${formatOtherClaims(claims)}`,
    ]);
}
function formatExtras({ externalId, sourceIdentity, tags }) {
    return formatList([
        `external ID: ${externalId ?? 'none'}`,
        ...(sourceIdentity === undefined ? [] : [`source identity: ${sourceIdentity}`]),
        `session tags: ${tags.map(({ key }) => key).join(', ') || 'none'}`,
    ]);
}
function formatList(lines) {
    return lines.map(line => `\n- ${(0,base_text/* escapeControls */.UN)(line)}`).join('');
}
function formatOtherClaims({ issuer, all }) {
    const others = keysOf(issuer).filter(claim => claim !== 'sub' && claim !== 'aud' && typeof all[claim] === 'string');
    return others.map(claim => `${claim}=${all[claim]}`).join(', ') || 'none';
}
function withIgnored(failure, names) {
    return failure.reworded({ hint: `${failure.hint}${ignoredNote(names)}` });
}
function proxyHint({ status }) {
    return status === 407
        ? 'The proxy requires a user name and password. Set http-proxy to http://USER:PASSWORD@HOST:PORT, from a secret, with special characters percent-encoded (@ as %40, % as %25). They are sent as Basic authentication: if the proxy requires NTLM, Kerberos or Digest, run a proxy such as px on the runner.'
        : 'Allow this host and port in the proxy. If the runner can reach the host without it, add the host to no-proxy.';
}
function unavailableHint(failure) {
    const { kind, code } = failure;
    if (kind === 'untrusted') {
        return "The server's certificate isn't trusted, so the request wasn't sent. If a proxy intercepts TLS, or its own certificate comes from a private CA, add its root CA to ca-bundle.";
    }
    if (kind === 'proxy-refusal')
        return proxyHint(failure);
    if (code === 'InvalidIdentityToken' || code === 'IDPCommunicationError')
        return "AWS couldn't fetch the issuer's keys, which can happen when many jobs start at once. Run the job again. A self-hosted issuer (GHES) must be reachable from AWS.";
    if ((0,retry_policy/* isThrottling */.E2)(failure))
        return 'AWS throttled the call. Start fewer jobs at once, or raise retry-max-attempts.';
    if (code === 'ENOTFOUND')
        return "The host doesn't resolve. Check aws-region (or sts-endpoint, use-fips-endpoint, use-dualstack-endpoint, or the proxy's name) for a typo, and the runner's DNS.";
    if (code === 'ECONNREFUSED')
        return "Nothing accepts connections there. Check the host, the runner's network, and the proxy if there is one.";
    return 'Check for an AWS incident in this region and whether the runner can reach the host. Then run the job again.';
}

;// CONCATENATED MODULE: ../build/sts/token-cache.js

const RENEWAL_SHARE = 0.1;
class TokenCache {
    #request;
    #onNewToken;
    #held;
    #requested;
    #refused;
    constructor(request, onNewToken) {
        this.#request = request;
        this.#onNewToken = onNewToken;
    }
    async current() {
        if (this.#held && performance.now() <= this.#held.until)
            return this.#held.idToken;
        this.#requested ??= this.#renew().finally(() => {
            this.#requested = undefined;
        });
        return this.#requested;
    }
    discard(idToken) {
        if (this.#held?.idToken !== idToken)
            return;
        this.#refused = idToken;
        this.#held = undefined;
    }
    async #renew() {
        const idToken = await this.#request(this.#refused);
        maskSecret(idToken.jwt);
        maskSecret(idToken.signature);
        this.#onNewToken(idToken.claims);
        const life = idToken.lifetimeSeconds * 1000 * (1 - RENEWAL_SHARE);
        this.#held = { idToken, until: performance.now() + life };
        return idToken;
    }
}

// EXTERNAL MODULE: ./stand-ins/@aws-sdk/credential-provider-node.js
var credential_provider_node = __webpack_require__(7667);
;// CONCATENATED MODULE: ../build/core/profiles/config-parser.js

const DEFAULTS = 'DEFAULT';
function parseConfig(bytes) {
    const text = decodeStrictly(bytes);
    if (text === undefined)
        return { line: firstUndecodableLine(bytes), reason: 'it is not valid UTF-8' };
    const parser = new Parser();
    let number = 0;
    for (const line of linesOf(text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text)) {
        const problem = parser.read(line, ++number);
        if (problem)
            return problem;
    }
    return parser.end();
}
function isProblem(parsed) {
    return 'reason' in parsed;
}
function parseFailure(path, { line, reason }) {
    return `${(0,base_text/* quote */.hD)(path)}, line ${line}: ${reason}, so the AWS CLI can't parse the file`;
}
function decodeStrictly(bytes) {
    try {
        return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    }
    catch {
        return undefined;
    }
}
function firstUndecodableLine(bytes) {
    let line = 1;
    for (let start = 0; start < bytes.length; line++) {
        const found = bytes.indexOf(0x0a, start);
        const end = found < 0 ? bytes.length : found;
        if (decodeStrictly(bytes.subarray(start, end)) === undefined)
            break;
        start = end + 1;
    }
    return line;
}
function* linesOf(text) {
    let start = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
        yield text.slice(start, end);
        start = end + 1;
    }
    yield text.slice(start);
}
class Parser {
    #sections = new Map();
    #defaults = { line: 0, settings: [] };
    #headers = new Map();
    #section;
    #lines = { defaults: new Map(), section: new Map() };
    #setting;
    #indent = 0;
    read(line, number) {
        const text = strip(line);
        if (text === '') {
            if (this.#setting)
                this.#setting.blanks++;
            return undefined;
        }
        if (text.startsWith('#') || text.startsWith(';'))
            return undefined;
        const indent = indentOf(line);
        if (this.#setting && indent > this.#indent) {
            continueSetting(this.#setting, text, number);
            return undefined;
        }
        this.#close();
        this.#indent = indent;
        const header = headerOf(text);
        return header === undefined ? this.#set(text, number) : this.#open(header, number);
    }
    end() {
        this.#close();
        const sections = [...this.#sections.values()];
        const inherited = sections.length > 0 ? [this.#defaults] : [];
        const lines = [...inherited, ...sections].flatMap(linesOfBrokenBlocks);
        if (lines.length > 0) {
            const line = lines.reduce((first, each) => Math.min(first, each));
            return { line, reason: 'not all of the indented lines below it are of the form name = value' };
        }
        return { sections: this.#sections, defaults: this.#defaults, headers: this.#headers };
    }
    #open(header, line) {
        this.#headers.set(line, header);
        this.#lines.section.clear();
        if (header === DEFAULTS) {
            this.#section = this.#defaults;
            return undefined;
        }
        const earlier = this.#sections.get(header);
        if (earlier)
            return { line, reason: `line ${earlier.line} begins the same section` };
        this.#section = { line, settings: [] };
        this.#sections.set(header, this.#section);
        return undefined;
    }
    #set(text, line) {
        if (!this.#section) {
            const isMarked = text.startsWith('\ufeff');
            return {
                line,
                reason: isMarked ? 'it begins with a byte order mark' : 'no section header is before it',
            };
        }
        const sign = text.search(/[=:]/);
        if (sign < 1)
            return { line, reason: 'it is neither a section header nor of the form name = value' };
        const name = strip(text.slice(0, sign)).toLowerCase();
        const lines = this.#section === this.#defaults ? this.#lines.defaults : this.#lines.section;
        const earlier = lines.get(name);
        if (earlier)
            return { line, reason: `line ${earlier} has the same setting` };
        lines.set(name, line);
        this.#setting = { name, parts: [strip(text.slice(sign + 1))], line, blanks: 0 };
        return undefined;
    }
    #close() {
        if (!this.#setting || !this.#section)
            return;
        const { parts, blanks: _, ...setting } = this.#setting;
        this.#section.settings.push({ ...setting, value: stripEnd(parts.join('\n')) });
        this.#setting = undefined;
    }
}
function continueSetting(setting, text, line) {
    setting.nextLine ??= line;
    if (setting.blanks > 0)
        setting.parts.push('\n'.repeat(setting.blanks - 1));
    setting.parts.push(text);
    setting.blanks = 0;
}
function headerOf(text) {
    const end = text.lastIndexOf(']');
    return text.startsWith('[') && end > 1 ? text.slice(1, end) : undefined;
}
function linesOfBrokenBlocks({ settings }) {
    return settings.filter(isBrokenBlock).map(({ line }) => line);
}
function isBrokenBlock({ value }) {
    if (!value.startsWith('\n'))
        return false;
    const lines = value.split(/[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/);
    return lines.some(line => strip(line) !== '' && !line.includes('='));
}
function indentOf(line) {
    let start = 0;
    while (isSpace(line.charCodeAt(start)))
        start++;
    return start;
}
function strip(text) {
    return stripEnd(text.slice(indentOf(text)));
}
function stripEnd(text) {
    let end = text.length;
    while (isSpace(text.charCodeAt(end - 1)))
        end--;
    return text.slice(0, end);
}
function isSpace(unit) {
    if (unit < 0x80)
        return unit === 0x20 || (unit >= 0x09 && unit <= 0x0d) || (unit >= 0x1c && unit <= 0x1f);
    return OTHER_SPACES.has(unit);
}
const OTHER_SPACES = new Set([
    0x85, 0xa0, 0x1680, 0x2000, 0x2001, 0x2002, 0x2003, 0x2004, 0x2005, 0x2006, 0x2007, 0x2008, 0x2009, 0x200a,
    0x2028, 0x2029, 0x202f, 0x205f, 0x3000,
]);

;// CONCATENATED MODULE: ../build/core/profiles/file-reading.js

const EMPTY_READING = newReading();
function settingsOf({ ssoSessions, profiles, defaults }, kind, name) {
    const own = { profiles, ssoSessions }[kind].get(name);
    return own && new Map([...defaults, ...own].map(setting => [setting.name, setting]));
}
function profileHeader(name) {
    return `profile ${name}`;
}
function ssoSessionHeader(name) {
    return `sso-session ${name}`;
}
function readAsBotocore(bytes, file) {
    const config = parseConfig(bytes);
    if (isProblem(config))
        return config;
    const reading = newReading(config.defaults.settings);
    const winners = new Map();
    for (const [name, { settings }] of config.sections) {
        const meaning = botocoreMeaning(name, file);
        put(reading, meaning, settings);
        winners.set(meaning, name);
    }
    for (const [line, name] of config.headers) {
        const meaning = botocoreMeaning(name, file);
        reading.headers.set(line, name === DEFAULTS || winners.get(meaning) === name ? meaning : '');
    }
    return reading;
}
function botocoreMeaning(name, file) {
    if (name === DEFAULTS)
        return name;
    if (file === 'credentials')
        return profileHeader(name);
    if (name === 'default')
        return profileHeader(name);
    const kind = ['profile', 'sso-session'].find(prefix => name.startsWith(prefix));
    const words = kind ? splitAsShell(name) : undefined;
    return words?.length === 2 ? `${kind} ${words[1]}` : '';
}
function readAsSdk(bytes, file) {
    const sections = new Map();
    const names = new Map();
    let section = '';
    let block = '';
    let number = 0;
    for (const line of linesOf(file_reading_decode(bytes))) {
        number++;
        const text = withoutComment(line);
        const header = sdkHeader(text);
        if (header !== undefined) {
            if (isForbidden(text))
                return EMPTY_READING;
            section = header;
            block = '';
            names.set(number, section);
            continue;
        }
        const sign = text.indexOf('=');
        if (section === '' || sign < 1)
            continue;
        const name = text.slice(0, sign).trim();
        const value = text.slice(sign + 1).trim();
        if (value === '') {
            block = name;
            continue;
        }
        if (line.trimStart() === line)
            block = '';
        const settings = sections.get(section) ?? [];
        if (settings.length === 0)
            sections.set(section, settings);
        settings.push({ name: block === '' ? name : `${block}.${name}`, value, line: number });
    }
    const reading = newReading();
    const isReplaced = (name) => file === 'config' && name === 'default' && sections.has('profile.default');
    for (const [name, settings] of sections)
        if (!isReplaced(name))
            put(reading, sdkMeaning(name, file), settings);
    for (const [line, name] of names)
        reading.headers.set(line, isReplaced(name) ? '' : sdkMeaning(name, file));
    return reading;
}
function excerptForSdk(bytes, file, headers) {
    const kept = [];
    let isKept = false;
    for (const line of linesOf(file_reading_decode(bytes))) {
        const text = withoutComment(line);
        const header = sdkHeader(text);
        if (header !== undefined) {
            if (isForbidden(text))
                return '';
            isKept = headers.has(sdkMeaning(header, file));
        }
        if (isKept)
            kept.push(line);
    }
    return kept.join('\n');
}
function sdkMeaning(name, file) {
    if (file === 'credentials')
        return profileHeader(name);
    if (name === 'default')
        return profileHeader(name);
    if (name.startsWith('profile.'))
        return profileHeader(name.slice('profile.'.length));
    if (name.startsWith('sso-session.'))
        return ssoSessionHeader(name.slice('sso-session.'.length));
    return '';
}
function sdkHeader(text) {
    if (text.length < 2 || !text.startsWith('[') || !text.endsWith(']'))
        return undefined;
    const name = text.slice(1, -1);
    const [, prefix, , rest] = PREFIXED.exec(name) ?? [];
    if (prefix === undefined)
        return name;
    return ['profile', 'sso-session', 'services'].includes(prefix) ? `${prefix}.${rest}` : '';
}
const PREFIXED = /^([\w-]+)\s(["'])?([\w\-@+.%:/]+)\2$/;
function isForbidden(header) {
    return ['[__proto__]', '[profile __proto__]'].includes(header);
}
function withoutComment(line) {
    const comment = line.search(/(?:^|\s)[;#]/);
    return (comment < 0 ? line : line.slice(0, comment)).trim();
}
function file_reading_decode(bytes) {
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}
function newReading(defaults = []) {
    return { profiles: new Map(), ssoSessions: new Map(), defaults, headers: new Map() };
}
function put({ profiles, ssoSessions }, meaning, settings) {
    const [profile, session] = [profileHeader(''), ssoSessionHeader('')];
    if (meaning.startsWith(profile))
        profiles.set(meaning.slice(profile.length), settings);
    else if (meaning.startsWith(session))
        ssoSessions.set(meaning.slice(session.length), settings);
}
function splitAsShell(text) {
    const words = [];
    let word;
    let quote = '';
    for (let index = 0; index < text.length; index++) {
        const character = text.charAt(index);
        if (character === '\\' && quote !== "'") {
            const next = text.charAt(++index);
            if (next === '')
                return undefined;
            word = `${word ?? ''}${quote === '"' && next !== '"' && next !== '\\' ? '\\' : ''}${next}`;
        }
        else if (quote !== '') {
            if (character === quote)
                quote = '';
            else
                word = `${word ?? ''}${character}`;
        }
        else if (character === '"' || character === "'") {
            quote = character;
            word ??= '';
        }
        else if (' \t\r\n'.includes(character)) {
            if (word !== undefined)
                words.push(word);
            word = undefined;
        }
        else {
            word = `${word ?? ''}${character}`;
        }
    }
    if (quote !== '')
        return undefined;
    return word === undefined ? words : [...words, word];
}

;// CONCATENATED MODULE: ../build/core/profiles/credential-plan.js

class Planner {
    visited = new Set();
    readings;
    environment;
    constructor(readings, environment) {
        this.readings = readings;
        this.environment = environment;
    }
    planned() {
        return { plan: this.plan(), profiles: this.visited };
    }
    visit(name) {
        this.visited.add(name);
        return new Profile(this.readings, name);
    }
}
const credential_plan_MAX_PROFILES = 50;
class Profile {
    #settings;
    constructor({ credentials, config }, name) {
        this.#settings = {
            credentials: settingsOf(credentials, 'profiles', name),
            config: settingsOf(config, 'profiles', name),
        };
    }
    get exists() {
        return FILES.some(file => this.#settings[file] !== undefined);
    }
    find(name, from) {
        for (const file of from ? [from] : FILES) {
            const setting = this.#settings[file]?.get(name);
            if (setting)
                return { ...setting, file };
        }
        return undefined;
    }
    value(name, from) {
        return this.find(name, from)?.value;
    }
    has(...names) {
        return names.some(name => this.find(name) !== undefined);
    }
}
const FILES = ['credentials', 'config'];
const SSO_SETTINGS = ['sso_start_url', 'sso_region', 'sso_account_id', 'sso_role_name', 'sso_session'];
const CONTAINER_VARIABLES = [
    'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
    'AWS_CONTAINER_CREDENTIALS_FULL_URI',
    'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE',
];
function metadataFacts(environment, settingOf) {
    const [path, url] = CONTAINER_VARIABLES.map(name => environment[name]);
    if (path || url)
        return [];
    return METADATA_SETTINGS.map(name => environment[`AWS_${name.toUpperCase()}`] ? undefined : settingOf(name));
}
const METADATA_SETTINGS = [
    'ec2_metadata_service_endpoint',
    'ec2_metadata_service_endpoint_mode',
];
function processPlan(profile, runBy) {
    const by = profile?.find('credential_process');
    return planBy('process', by, by && [by.value, needsShell(by.value) ? runBy : undefined]);
}
function needsShell(command) {
    if (splitAsShell(command) === undefined || /^\s*\w+=/.test(command))
        return true;
    const unquoted = command.replaceAll(/'[^']*'|\\[^\n]|"(?:[^"\\]|\\.)*"/gs, quoted => quoted.startsWith('"') && /[$`\n]/.test(quoted) ? '$' : 'q');
    return /[$`;&|<>()*?[\]{}\n]|(?:^|\s)[~#]/.test(unquoted);
}
function credential_plan_roleOf(profile, source) {
    if (source.kind === 'failure')
        return source;
    const facts = ['role_arn', 'role_session_name', 'external_id', 'mfa_serial'].map(name => profile.value(name));
    return { kind: 'role', facts, source, ...withBy(profile.find('role_arn')) };
}
function planBy(kind, by, facts = typeof by === 'object' ? [by.value] : []) {
    return by === undefined ? undefined : { kind, facts, by };
}
function failure(reason, by) {
    return { kind: 'failure', facts: [reason], ...withBy(by) };
}
function withBy(by) {
    return by === undefined ? {} : { by };
}

;// CONCATENATED MODULE: ../build/core/profiles/botocore-plan.js


function planOfBotocore(readings, environment) {
    return new BotocorePlanner(readings, environment).planned();
}
class BotocorePlanner extends Planner {
    #boto;
    constructor(readings, environment) {
        super(readings, environment);
        this.#boto = readings.boto;
    }
    plan() {
        const { AWS_PROFILE: chosen, AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret } = this.environment;
        const blank = ['AWS_DEFAULT_PROFILE', 'AWS_PROFILE'].find(name => this.environment[name] !== undefined);
        if (blank && this.environment[blank] === '')
            return failure('it is blank', blank);
        const name = chosen || 'default';
        const profile = this.visit(name);
        if (chosen && !profile.exists)
            return failure('there is no such profile');
        if (id && !secret)
            return failure('a secret is missing', 'AWS_ACCESS_KEY_ID');
        if (hasRole(profile))
            return this.#assume(name, [name]);
        return this.#fromProfile(profile, this.environment) ?? this.#fromBoto() ?? this.#elsewhere();
    }
    #elsewhere() {
        const [path, url, file] = CONTAINER_VARIABLES.map(name => this.environment[name]);
        const blank = CONTAINER_VARIABLES.find((name, index) => index < 2 ? this.environment[name] === '' : file === '' && (path || url));
        return blank ? failure('it is blank', blank) : { kind: 'elsewhere', facts: this.#metadata() };
    }
    #metadata() {
        const profile = this.visit(this.environment.AWS_PROFILE || 'default');
        return metadataFacts(this.environment, name => profile.value(name));
    }
    #fromProfile(profile, environment) {
        return (webIdentity(profile, environment) ??
            this.#sso(profile) ??
            keysIn(profile, 'credentials') ??
            planBy('login', profile.find('login_session')) ??
            processPlan(profile, 'words') ??
            keysIn(profile, 'config'));
    }
    #sso(profile) {
        const by = profile.find('sso_account_id') ?? profile.find('sso_role_name');
        if (!by)
            return undefined;
        const session = profile.value('sso_session');
        const shared = session === undefined ? undefined : settingsOf(this.readings.config, 'ssoSessions', session);
        if (session !== undefined && !shared)
            return failure('its sso-session is missing', by);
        const differs = [...(shared ?? [])].find(([name, { value }]) => (profile.value(name) ?? value) !== value);
        if (differs)
            return failure('it differs from its sso-session', profile.find(differs[0]) ?? by);
        const facts = SSO_SETTINGS.map(name => profile.value(name) ?? shared?.get(name)?.value);
        const required = session === undefined ? facts.slice(0, 4) : facts;
        if (required.includes(undefined))
            return failure('its SSO settings are incomplete', by);
        return { kind: 'SSO', facts, by };
    }
    #fromBoto() {
        const file = this.#boto.find(({ config }) => config.sections.get('Credentials')?.settings.some(({ name }) => name === 'aws_access_key_id'));
        return file ? { kind: 'keys', facts: [], by: file.path } : undefined;
    }
    #assume(name, path) {
        const profile = this.visit(name);
        const by = profile.find('role_arn');
        const from = profile.find('source_profile');
        const place = profile.find('credential_source');
        if (from && place)
            return failure('it has both source_profile and credential_source', place);
        if (place)
            return credential_plan_roleOf(profile, {
                kind: 'credential source',
                facts: [place.value, ...this.#metadata()],
                by: place,
            });
        if (!from)
            return failure('it has a role_arn without source_profile or credential_source', by);
        const source = this.visit(from.value);
        if (!source.exists)
            return failure('its source_profile is missing', from);
        const isKeyed = source.has('aws_access_key_id', 'aws_secret_access_key');
        if (path.length > credential_plan_MAX_PROFILES)
            return failure('its source_profile chain is too long', from);
        if (path.includes(from.value) && (from.value !== name || !isKeyed))
            return failure('its source_profile chain is circular', from);
        if (hasRole(source) && !isKeyed)
            return credential_plan_roleOf(profile, this.#assume(from.value, [...path, from.value]));
        return credential_plan_roleOf(profile, this.#fromProfile(source, {}) ?? failure('its source_profile has no credentials', from));
    }
}
function hasRole(profile) {
    return profile.has('role_arn') && !profile.has('web_identity_token_file');
}
function webIdentity(profile, environment) {
    const pick = (variable, name) => environment[variable] ?? profile.value(name);
    const file = pick('AWS_WEB_IDENTITY_TOKEN_FILE', 'web_identity_token_file');
    if (!file)
        return undefined;
    const isOfVariable = environment.AWS_WEB_IDENTITY_TOKEN_FILE !== undefined;
    const by = isOfVariable ? 'AWS_WEB_IDENTITY_TOKEN_FILE' : profile.find('web_identity_token_file');
    const role = pick('AWS_ROLE_ARN', 'role_arn');
    if (!role)
        return failure('a web identity token file has no role', by);
    return planBy('web identity', by, [file, role, pick('AWS_ROLE_SESSION_NAME', 'role_session_name')]);
}
function keysIn(profile, file) {
    const id = profile.find('aws_access_key_id', file);
    if (!id)
        return undefined;
    const secret = profile.value('aws_secret_access_key', file);
    if (secret === undefined)
        return failure('its access key has no secret in the same file', id);
    const token = profile.value('aws_security_token', file) ?? profile.value('aws_session_token', file);
    return { kind: 'keys', facts: [id.value, secret, token || undefined], by: id };
}

;// CONCATENATED MODULE: ../build/core/profiles/sdk-plan.js


function planOfSdk(readings, environment) {
    return new SdkPlanner(readings, environment).planned();
}
class SdkPlanner extends Planner {
    plan() {
        const name = this.environment.AWS_PROFILE || 'default';
        const plan = this.#resolve(name, []);
        if (plan)
            return plan;
        const command = processPlan(this.#find(name), 'shell');
        return command ?? tokenOf(this.environment) ?? { kind: 'elsewhere', facts: this.#metadata() };
    }
    #metadata() {
        const profile = this.#find(this.environment.AWS_PROFILE || 'default');
        return metadataFacts(this.environment, name => profile?.value(name, 'config') ?? profile?.value(name, 'credentials'));
    }
    #find(name) {
        const profile = this.visit(name);
        return name in {} || !profile.exists ? undefined : profile;
    }
    #resolve(name, path) {
        const profile = this.#find(name);
        if (!profile)
            return undefined;
        const keys = sdkKeys(profile);
        if (path.length > 0 && keys)
            return keys;
        const [from, place] = [profile.has('source_profile'), profile.has('credential_source')];
        const isBareSource = path.length > 0 && !profile.has('role_arn') && place;
        if (isBareSource || (profile.has('role_arn') && from !== place))
            return this.#assume(profile, path);
        return (keys ??
            sdkWebIdentity(profile, this.environment) ??
            processPlan(profile, 'shell') ??
            this.#sso(profile) ??
            planBy('login', profile.find('login_session')));
    }
    #assume(profile, path) {
        const source = this.#sourceOf(profile, path);
        if (source === undefined || !profile.has('role_arn'))
            return source;
        const mfa = profile.find('mfa_serial');
        return mfa ? failure('it requires an MFA code', mfa) : credential_plan_roleOf(profile, source);
    }
    #sourceOf(profile, path) {
        const from = profile.value('source_profile');
        if (from === undefined)
            return sdk_plan_placeOf(profile, this.#metadata());
        if (path.length > credential_plan_MAX_PROFILES)
            return failure('its source_profile chain is too long', profile.find('source_profile'));
        return path.includes(from) || from in {} ? undefined : this.#resolve(from, [...path, from]);
    }
    #sso(profile) {
        const by = SSO_SETTINGS.map(name => profile.find(name)).find(setting => setting !== undefined);
        if (!by)
            return undefined;
        const session = profile.value('sso_session');
        const shared = session === undefined ? undefined : settingsOf(this.readings.config, 'ssoSessions', session);
        if (session !== undefined && !shared)
            return failure('its sso-session is missing', by);
        const ofSession = ['sso_start_url', 'sso_region'];
        const facts = SSO_SETTINGS.map(name => shared && ofSession.includes(name) ? shared.get(name)?.value : profile.value(name));
        if (facts.slice(0, 4).includes(undefined))
            return failure('its SSO settings are incomplete', by);
        return { kind: 'SSO', facts, by };
    }
}
function sdkKeys(profile) {
    const by = profile.find('aws_access_key_id');
    const secret = profile.value('aws_secret_access_key');
    if (!by || secret === undefined)
        return undefined;
    return { kind: 'keys', facts: [by.value, secret, profile.value('aws_session_token')], by };
}
function sdk_plan_placeOf(profile, metadata) {
    const place = profile.find('credential_source');
    if (!place || !['EcsContainer', 'Ec2InstanceMetadata', 'Environment'].includes(place.value))
        return undefined;
    return { kind: 'credential source', facts: [place.value, ...metadata], by: place };
}
function sdkWebIdentity(profile, environment) {
    const [file, role] = [profile.find('web_identity_token_file'), profile.value('role_arn')];
    if (!file || role === undefined)
        return undefined;
    const session = profile.value('role_session_name') ?? environment.AWS_ROLE_SESSION_NAME;
    return { kind: 'web identity', facts: [file.value, role, session], by: file };
}
function tokenOf({ AWS_WEB_IDENTITY_TOKEN_FILE: file, AWS_ROLE_ARN: role, AWS_ROLE_SESSION_NAME: session, }) {
    if (!file || !role)
        return undefined;
    return { kind: 'web identity', facts: [file, role, session], by: 'AWS_WEB_IDENTITY_TOKEN_FILE' };
}

;// CONCATENATED MODULE: ../build/core/profiles/tool-agreement.js






function agreementOf(files, environment) {
    const { sdk } = files;
    const botocore = readAll(files.botocore);
    if ('reason' in botocore)
        return botocore;
    const readings = {
        botocore,
        sdk: { credentials: sdkReading(sdk, 'credentials'), config: sdkReading(sdk, 'config') },
    };
    const planned = {
        botocore: planOfBotocore(readings.botocore, environment),
        sdk: planOfSdk(readings.sdk, environment),
    };
    const name = environment.AWS_PROFILE || 'default';
    const pair = { botocore: planned.botocore.plan, sdk: planned.sdk.plan };
    const difference = differenceOf(pair.botocore, pair.sdk);
    const profiles = new Set([...planned.botocore.profiles, ...planned.sdk.profiles]);
    if (difference)
        return {
            reason: disputedLine(readings, profiles, files.botocore) ?? rivals(name, difference, files.botocore),
            isDisputed: true,
        };
    if (pair.sdk.kind === 'failure')
        return { reason: `the profile ${(0,base_text/* quote */.hD)(name)} gives ${inWords(pair.sdk, files.sdk)}`, isDisputed: false };
    const giver = innermost(pair.sdk);
    return {
        plan: pair.sdk,
        giver: { kind: giver.kind, place: inWords(giver, sdk) },
        excerpts: excerptsFor(planned.sdk.profiles, readings.sdk, sdk),
    };
}
function readAll(files) {
    const boto = [];
    const readings = { credentials: EMPTY_READING, config: EMPTY_READING, boto };
    for (const { path, bytes } of files.boto) {
        const config = bytes === undefined ? undefined : parseConfig(bytes);
        if (config && isProblem(config))
            return { reason: parseFailure(path, config), isDisputed: true };
        if (config)
            boto.push({ path, config });
    }
    for (const file of tool_agreement_FILES) {
        const { path, bytes } = files[file];
        const reading = bytes === undefined ? EMPTY_READING : readAsBotocore(bytes, file);
        if ('reason' in reading)
            return { reason: parseFailure(path, reading), isDisputed: true };
        readings[file] = reading;
    }
    return readings;
}
function sdkReading(files, file) {
    const { bytes } = files[file];
    return bytes === undefined ? EMPTY_READING : readAsSdk(bytes, file);
}
const tool_agreement_FILES = ['credentials', 'config'];
function differenceOf(botocore, sdk) {
    const isSame = botocore.kind === sdk.kind && botocore.facts.every((fact, index) => fact === sdk.facts[index]);
    if (!isSame || !botocore.source !== !sdk.source)
        return { botocore, sdk };
    return botocore.source && sdk.source ? differenceOf(botocore.source, sdk.source) : undefined;
}
function innermost(plan) {
    return plan.source ? innermost(plan.source) : plan;
}
const DECIDING = [
    'aws_access_key_id',
    'aws_secret_access_key',
    'aws_session_token',
    'aws_security_token',
    'role_arn',
    'role_session_name',
    'external_id',
    'mfa_serial',
    'source_profile',
    'credential_source',
    'web_identity_token_file',
    'credential_process',
    'login_session',
    'sso_start_url',
    'sso_region',
    'sso_account_id',
    'sso_role_name',
    'sso_session',
    ...METADATA_SETTINGS,
];
function disputedLine({ botocore, sdk }, profiles, files) {
    for (const file of tool_agreement_FILES) {
        const readings = { botocore: botocore[file], sdk: sdk[file] };
        const both = (kind) => (name) => [
            settingsOf(readings.botocore, kind, name),
            settingsOf(readings.sdk, kind, name),
        ];
        const sessions = [...sessionsOf(profiles, botocore), ...sessionsOf(profiles, sdk)];
        for (const [one, other] of [...profiles]
            .map(both('profiles'))
            .concat(sessions.map(both('ssoSessions')))) {
            const pair = DECIDING.map(name => [one?.get(name), other?.get(name)]).find(isDisputed);
            if (pair)
                return `${(0,base_text/* quote */.hD)(files[file].path)}, line ${whereReadDifferently(readings, pair)}: the AWS CLI and the AWS SDK for JavaScript read it differently and would use different credentials. Give each section header and each setting (name = value) a line of its own, in lower case, not indented and without a comment after it`;
        }
    }
    return undefined;
}
function isDisputed([one, other]) {
    return (one?.value || undefined) !== (other?.value || undefined);
}
function whereReadDifferently(readings, pair) {
    const lines = pair.flatMap(setting => (setting ? [setting.line] : []));
    const ends = pair.flatMap(setting => (setting ? [setting.nextLine ?? setting.line] : []));
    const last = ends.reduce((one, other) => Math.max(one, other));
    const all = [...readings.botocore.headers.keys(), ...readings.sdk.headers.keys()].filter(line => line <= last);
    const first = lines.reduce((one, other) => Math.min(one, other));
    const before = all.filter(line => line <= first).reduce((one, other) => Math.max(one, other), 0);
    const disputed = all
        .filter(line => line >= before && readings.botocore.headers.get(line) !== readings.sdk.headers.get(line))
        .reduce((one, other) => Math.min(one, other), Number.POSITIVE_INFINITY);
    return Math.min(disputed, last);
}
function rivals(name, { botocore, sdk }, files) {
    const [one, other] = [inWords(botocore, files), inWords(sdk, files)];
    if (one !== other) {
        const advice = [botocore, sdk].some(({ kind }) => kind === 'failure')
            ? 'correct the profile so that both find the same credentials, or set AWS_PROFILE to another one'
            : 'keep only one of them';
        return `for the profile ${(0,base_text/* quote */.hD)(name)}, the AWS CLI would use ${one}, and the AWS SDK for JavaScript ${other}: ${advice}`;
    }
    return `for the profile ${(0,base_text/* quote */.hD)(name)}, the AWS CLI and the AWS SDK for JavaScript would both use ${one}, but not with the same ${ADDED[sdk.kind] ?? 'settings beside it'}`;
}
const ADDED = {
    process: 'words: the SDK runs the command in a shell, and the AWS CLI runs it without one. Remove variables, patterns and other shell syntax, or put the command into a script',
    keys: 'session token: put aws_session_token into the same section, and remove aws_security_token',
    'web identity': 'role or session name: clear AWS_ROLE_ARN and AWS_ROLE_SESSION_NAME',
};
function inWords({ kind, facts, by }, files) {
    if (kind === 'elsewhere')
        return 'what a container or an instance has';
    const place = typeof by === 'object' ? tool_agreement_placeOf(by, files) : by;
    if (kind === 'failure')
        return `no credentials, as ${facts[0]}${place ? ` (${place})` : ''}`;
    return place ?? kind;
}
function tool_agreement_placeOf({ name, file, line }, files) {
    return `${name} in line ${line} of ${(0,base_text/* quote */.hD)(files[file].path)}`;
}
function sessionsOf(profiles, readings) {
    const named = [...profiles].flatMap(name => tool_agreement_FILES.map(file => settingsOf(readings[file], 'profiles', name)?.get('sso_session')?.value));
    return new Set(named.filter(name => name !== undefined));
}
function excerptsFor(profiles, readings, files) {
    const sessions = [...sessionsOf(profiles, readings)].map(ssoSessionHeader);
    const headers = new Set([...[...profiles].map(profileHeader), ...sessions]);
    const excerpt = (file) => {
        const { bytes } = files[file];
        return bytes === undefined ? '' : excerptForSdk(bytes, file, headers);
    };
    return { credentials: excerpt('credentials'), config: excerpt('config') };
}

;// CONCATENATED MODULE: ../build/sources/nonblocking-reads.js



const { readFileSync } = (external_node_fs_default());
class BlockingFile extends Error {
    constructor(path) {
        super(`${(0,base_text/* quote */.hD)(path)} is a pipe or a device, not a regular file, and reading it may never end`);
    }
}
function readWithoutBlocking(path) {
    return withOpened(path, file => readFileSync(file));
}
function guardReads(texts) {
    return new Promise((_, reject) => {
        const read = (path, options) => {
            if (typeof path !== 'string')
                return original(path, options);
            try {
                return texts.get(path) ?? withOpened(path, file => original(file, options));
            }
            catch (error) {
                if (error instanceof BlockingFile)
                    reject(error);
                throw error;
            }
        };
        Object.assign((external_node_fs_default()), { readFileSync: read });
        Object.assign((external_node_fs_default()).promises, { readFile: async (path, options) => read(path, options) });
    });
}
const original = readFileSync;
function withOpened(path, read) {
    const file = (0,external_node_fs_.openSync)(path, external_node_fs_.constants.O_RDONLY | (external_node_fs_.constants.O_NONBLOCK ?? 0));
    try {
        if (mayBlock((0,external_node_fs_.fstatSync)(file)))
            throw new BlockingFile(path);
        return read(file);
    }
    catch (error) {
        throw isNotReady(error) ? new BlockingFile(path) : error;
    }
    finally {
        (0,external_node_fs_.closeSync)(file);
    }
}
function mayBlock(status) {
    if (status.isCharacterDevice())
        return status.rdev !== (0,external_node_fs_.statSync)(external_node_os_.devNull).rdev;
    return !status.isFile() && !status.isDirectory();
}
function isNotReady(error) {
    return error.code === 'EAGAIN';
}

;// CONCATENATED MODULE: ../build/sources/shared-config.js



function readSharedFiles() {
    const { BOTO_CONFIG } = process.env;
    const [home, homeOfPython] = [homeOfSdk(), (0,external_node_os_.homedir)() || '/'];
    const known = new Map();
    const find = (path) => {
        const file = known.get(path) ?? { path, bytes: shared_config_read(path) };
        known.set(path, file);
        return file;
    };
    const boto = BOTO_CONFIG === undefined ? ['/etc/boto.cfg', (0,external_node_path_.join)(homeOfPython, '.boto')] : [BOTO_CONFIG];
    return {
        sdk: {
            credentials: find(sdkPath('credentials', home)),
            config: find(sdkPath('config', home)),
        },
        botocore: {
            credentials: find(botocorePath('credentials', homeOfPython)),
            config: find(botocorePath('config', homeOfPython)),
            boto: boto.map(find),
        },
    };
}
function homeOfSdk() {
    const { HOME, USERPROFILE, HOMEPATH, HOMEDRIVE = `C:${external_node_path_.sep}` } = process.env;
    return HOME || USERPROFILE || (HOMEPATH ? `${HOMEDRIVE}${HOMEPATH}` : (0,external_node_os_.homedir)());
}
const VARIABLES = {
    credentials: 'AWS_SHARED_CREDENTIALS_FILE',
    config: 'AWS_CONFIG_FILE',
};
function sdkPath(file, home) {
    return expand(process.env[VARIABLES[file]] || `~/.aws/${file}`, home);
}
function botocorePath(file, home) {
    return expand(process.env[VARIABLES[file]] ?? `~/.aws/${file}`, home);
}
function expand(path, home) {
    return path.startsWith('~/') ? (0,external_node_path_.join)(home, path.slice(2)) : path;
}
function shared_config_read(path) {
    try {
        return path === '' ? undefined : readWithoutBlocking(path);
    }
    catch (error) {
        if (ABSENT.includes(error.code ?? ''))
            return undefined;
        throw error;
    }
}
const ABSENT = ['ENOENT', 'ENOTDIR', 'EISDIR', 'EACCES', 'EPERM', 'ELOOP', 'ENAMETOOLONG', 'ENXIO'];

;// CONCATENATED MODULE: ../build/sources/existing.js











async function findExisting(context, options) {
    const { accessKeyId, secretAccessKey, sessionToken, expiration } = await context.limits.deadline.race("the job's existing credentials", find(context, options));
    const session = {
        credentials: { accessKeyId, secretAccessKey, sessionToken, expiration },
        origin: { kind: 'existing' },
        assumedRole: {},
        claims: undefined,
        requestId: undefined,
    };
    maskSession(session);
    return session;
}
async function find(context, { isVerifyOnly }) {
    const { inputs, sts } = context;
    const source = hasKeysInEnvironment() ? undefined : agreeOnSource(context);
    const guard = source ? [guardReads(source.texts)] : [];
    void sts.prepare();
    const clientConfig = { ignoreConfiguredEndpointUrls: true };
    const requestHandler = await sts.handler();
    const parentClientConfig = { region: inputs.region, requestHandler };
    const refusals = [];
    const chain = (0,credential_provider_node/* defaultProvider */.v)({ clientConfig, parentClientConfig, logger: noteIn(refusals) })();
    const found = await Promise.race([chain, ...guard]).catch(error => {
        const failure = unavailable(context, `${wordsOf(error, refusals, source)}${chosenProfile()}`);
        throw requestHandler.isUsed ? withIgnored(failure, ignoredVariables(process.env, undefined)) : failure;
    });
    if (source && !isFrom(found, source.plan))
        throw credentialsDisputed(`${giverOf(source)} gave no credentials, and only some tools would then try other sources`);
    const fault = faultOf(found, isVerifyOnly, source);
    if (fault)
        throw credentialsUnavailable(`${giverOf(source)}: ${fault}`);
    return found;
}
function noteIn(refusals) {
    const debug = (text) => {
        const [, refusal] = /^@smithy\/property-provider \S+ ([\s\S]+)$/.exec(text) ?? [];
        if (refusal)
            refusals.push(refusal);
    };
    return { trace() { }, debug, info() { }, warn: console.warn, error: console.error };
}
function hasKeysInEnvironment() {
    const { AWS_PROFILE: profile, AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret } = process.env;
    return !profile && Boolean(id && secret);
}
function agreeOnSource(context) {
    try {
        const files = readSharedFiles();
        const agreement = agreementOf(files, process.env);
        if ('reason' in agreement) {
            const reason = `${agreement.reason}${chosenProfile()}`;
            throw agreement.isDisputed ? credentialsDisputed(reason) : unavailable(context, reason);
        }
        const { excerpts } = agreement;
        const texts = new Map([
            [files.sdk.config.path, excerpts.config],
            [files.sdk.credentials.path, excerpts.credentials],
        ]);
        return { ...agreement, texts };
    }
    catch (error) {
        throw error instanceof GateError ? error : unavailable(context, reasonOf(error));
    }
}
function wordsOf(error, refusals, source) {
    const { name, $metadata } = error;
    const status = $metadata?.httpStatusCode;
    if (status !== undefined)
        return `AWS answered ${name} (HTTP ${status})`;
    const silent = source && NO_ANSWER[source.giver.kind];
    if (silent !== undefined)
        return `${giverOf(source)} gave no credentials${silent}`;
    const reason = reasonOf(error);
    const malformed = MALFORMED.find(({ pattern }) => [reason, ...refusals].some(text => pattern.test(text)));
    return malformed ? `${giverOf(source)}: ${malformed.words}` : reason;
}
const NO_ANSWER = {
    process: ': its command must succeed and print JSON with Version 1, AccessKeyId and SecretAccessKey, and an Expiration in the future if any',
    'credential source': '',
};
const MALFORMED = [
    {
        pattern: /not valid JSON|JSON input|JSON at position/,
        words: 'its response is not JSON',
    },
    {
        pattern: /RFC-3339|must be between|Invalid (?:day|month)/i,
        words: 'its Expiration is blank or not a time such as 2006-01-02T15:04:05Z',
    },
    {
        pattern: /response received from instance metadata|response not of the required format|properties of null/,
        words: 'its response lacks AccessKeyId, SecretAccessKey, Token or Expiration, or one of them is not a string',
    },
];
function chosenProfile() {
    const { AWS_PROFILE: profile } = process.env;
    return profile ? ` (AWS_PROFILE is ${(0,base_text/* quote */.hD)(profile)})` : '';
}
function giverOf(source) {
    if (!source)
        return 'the environment';
    const { giver } = source;
    if (giver.kind !== 'elsewhere')
        return giver.place;
    const { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: path, AWS_CONTAINER_CREDENTIALS_FULL_URI: url } = process.env;
    return path || url ? "the container's credentials endpoint" : "the instance's metadata";
}
const existing_MARKS = {
    keys: 'CREDENTIALS_PROFILE',
    process: 'CREDENTIALS_PROCESS',
    'web identity': 'CREDENTIALS_STS_ASSUME_ROLE_WEB_ID',
    role: 'CREDENTIALS_PROFILE_SOURCE_PROFILE',
    SSO: 'CREDENTIALS_PROFILE_SSO',
    login: 'CREDENTIALS_LOGIN',
    'credential source': undefined,
    elsewhere: undefined,
    failure: undefined,
};
function isFrom({ $source = {} }, { kind }) {
    const isMarked = (mark) => Object.keys($source).some(name => name.startsWith(mark));
    if (kind === 'elsewhere')
        return !isMarked('CREDENTIALS_PROFILE');
    const mark = existing_MARKS[kind];
    return mark === undefined || isMarked(mark);
}
const FIELDS = ['AccessKeyId', 'SecretAccessKey', 'SessionToken', 'Expiration'];
const existing_VARIABLES = [
    'AWS_ACCESS_KEY_ID',
    'AWS_SECRET_ACCESS_KEY',
    'AWS_SESSION_TOKEN',
    'AWS_CREDENTIAL_EXPIRATION',
];
function faultOf({ accessKeyId, secretAccessKey, sessionToken, expiration }, isVerifyOnly, source) {
    const names = source ? FIELDS : existing_VARIABLES;
    const keys = [accessKeyId, secretAccessKey, sessionToken ?? accessKeyId];
    const index = keys.findIndex(key => typeof key !== 'string' || !(0,session/* isKey */.m)(key));
    if (index >= 0)
        return `${names[index]} ${faultOfKey(keys[index])}`;
    if (!expiration)
        return undefined;
    if (Number.isNaN(expiration.getTime()))
        return `${names[3]} is not a valid time`;
    if (!isVerifyOnly || expiration.getTime() > Date.now())
        return undefined;
    return `they expired at ${instant_formatInstant(expiration)}`;
}
function faultOfKey(key) {
    if (typeof key !== 'string')
        return 'is not a string';
    return key === '' ? 'is blank' : 'contains characters that are invalid in a key';
}
function unavailable({ inputs, run }, reason) {
    return inputs.isOidcUnavailable ? oidcNotPermitted(run.fork, reason) : credentialsUnavailable(reason);
}

// EXTERNAL MODULE: external "node:http"
var external_node_http_ = __webpack_require__(7067);
// EXTERNAL MODULE: ../build/core/network/certificate-error.js
var certificate_error = __webpack_require__(6568);
// EXTERNAL MODULE: ../build/core/base/environment.js
var base_environment = __webpack_require__(9014);
;// CONCATENATED MODULE: ../build/core/network/proxy.js





const NO_PROXY_VARIABLES = ['no_proxy', 'NO_PROXY'];
function proxyFor(url, { httpProxy, noProxy, environment }) {
    const exempt = noProxy ?? parseKnownNoProxy(firstOf(NO_PROXY_VARIABLES, environment)?.value ?? '');
    if (bypassesProxy(url, exempt))
        return undefined;
    return httpProxy ?? proxyOfEnvironment(url, environment);
}
function proxyOfEnvironment({ protocol }, environment) {
    const names = base_environment/* PROXY_VARIABLES */.b[protocol === 'https:' ? 'https:' : 'http:'];
    const variable = firstOf(names, environment);
    try {
        return variable && (0,proxy_address/* parseProxy */.YR)(variable.value);
    }
    catch (error) {
        if (!(error instanceof invalid_value/* InvalidValue */.h))
            throw error;
        throw new GateError('ERR_INPUT_INVALID', `the environment: ${variable?.name} ${error.message}`, 'Correct the variable, or set the inputs http-proxy or no-proxy, which take precedence. Nothing was sent to GitHub or AWS.', { likelyCause: 'proxies' });
    }
}
function firstOf(names, environment) {
    return names
        .map(name => ({ name, value: environment[name]?.trim() ?? '' }))
        .find(({ value }) => value !== '');
}

// EXTERNAL MODULE: ../node_modules/jose/dist/webapi/util/decode_jwt.js + 4 modules
var decode_jwt = __webpack_require__(9107);
;// CONCATENATED MODULE: ../build/core/token/id-token.js

function parseIdToken(jwt) {
    const read = readIdToken(jwt);
    return typeof read === 'string' ? undefined : read;
}
function readIdToken(jwt) {
    if (jwt.length > MAX_TOKEN_LENGTH)
        return `it has ${jwt.length} characters, and STS takes ${MAX_TOKEN_LENGTH} at most`;
    const payload = decodePayload(jwt);
    if (!payload)
        return 'it is not a JSON Web Token (three base64url parts, the second a JSON object)';
    const missing = NEEDED.filter(name => payload[name] === undefined);
    if (missing.length > 0)
        return `its token lacks the claim${missing.length > 1 ? 's' : ''} ${missing.join(', ')}`;
    const { iss, sub, aud, iat, exp } = payload;
    const audiences = typeof aud === 'string' ? [aud] : aud;
    if (typeof iss !== 'string')
        return "its token's iss claim is not a string";
    if (typeof sub !== 'string')
        return "its token's sub claim is not a string";
    if (!isListOfStrings(audiences))
        return "its token's aud claim is neither a string nor a list of strings";
    if (!isTime(iat))
        return "its token's iat claim is not a number";
    if (!isTime(exp))
        return "its token's exp claim is not a number";
    if (exp <= iat)
        return "its token's exp claim is not after iat";
    return {
        jwt,
        signature: jwt.slice(jwt.lastIndexOf('.') + 1),
        claims: { issuer: iss, subject: sub, audiences, all: payload },
        lifetimeSeconds: exp - iat,
    };
}
const NEEDED = ['iss', 'sub', 'aud', 'iat', 'exp'];
const MAX_TOKEN_LENGTH = 20_000;
const COMPACT_FORM = /^[\w-]+\.[\w-]+\.[\w-]+$/;
function decodePayload(jwt) {
    if (!COMPACT_FORM.test(jwt))
        return undefined;
    try {
        return (0,decode_jwt/* decodeJwt */.i)(jwt);
    }
    catch {
        return undefined;
    }
}
function isTime(value) {
    return Number.isFinite(value);
}
function isListOfStrings(value) {
    return Array.isArray(value) && value.length > 0 && value.every(element => typeof element === 'string');
}

;// CONCATENATED MODULE: ../build/core/token/id-token-response.js




function tokenInResponse(response, now) {
    const { status, headers } = response;
    const failed = (kind, message) => {
        const retryAfterSeconds = (0,retry_policy/* parseRetryAfter */.mu)(id_token_response_headerOf(headers, 'retry-after') || undefined, now);
        return new remote_failure/* RemoteFailure */.p('GetIdToken', { kind, code: '', status, message, retryAfterSeconds });
    };
    if (status >= 400)
        throw failed('error-response', describe(response));
    if (status < 200 || status >= 300)
        throw failed('malformed-response', describeRedirect(response));
    const value = valueIn(response.body);
    if (value === undefined)
        throw failed('malformed-response', `${describe(response)} instead of a token`);
    const idToken = parseIdToken(value);
    if (idToken)
        return idToken;
    throw failed('malformed-response', 'JSON whose value is not a JSON Web Token with iss, sub, aud, iat and exp');
}
function valueIn(body) {
    const value = objectIn(body ?? '')?.value;
    return typeof value === 'string' && value !== '' ? value : undefined;
}
function describe({ headers, body }) {
    if (body === undefined)
        return 'an answer that is too long';
    if (body.trim() === '')
        return 'an empty answer';
    const encoding = id_token_response_headerOf(headers, 'content-encoding');
    if (encoding !== '' && encoding !== 'identity')
        return `an answer compressed with ${encoding}`;
    const object = objectIn(body);
    if (object)
        return describeJson(object);
    const [type = ''] = id_token_response_headerOf(headers, 'content-type').split(';');
    if (/\bjson\b/i.test(type))
        return 'JSON that is cut off or malformed';
    if (/\bhtml\b/i.test(type))
        return 'an HTML page';
    return `an answer of type ${type.trim() || 'unknown'}`;
}
function describeJson({ message }) {
    return typeof message === 'string' && message !== '' ? `a JSON error, ${(0,base_text/* quote */.hD)(message)}` : 'JSON';
}
function describeRedirect(response) {
    const location = id_token_response_headerOf(response.headers, 'location');
    if (location === '')
        return describe(response);
    const host = URL.canParse(location) ? new URL(location).host : '';
    return `a redirect${host && ` to ${host}`}, which is not followed`;
}
function objectIn(body) {
    try {
        const value = JSON.parse(body);
        return typeof value === 'object' && value !== null ? value : undefined;
    }
    catch {
        return undefined;
    }
}
function id_token_response_headerOf(headers, name) {
    const value = headers[name];
    return typeof value === 'string' ? value : (value?.[0] ?? '');
}

// EXTERNAL MODULE: external "node:https"
var external_node_https_ = __webpack_require__(4708);
// EXTERNAL MODULE: ../build/network/bounded-body.js
var bounded_body = __webpack_require__(2030);
;// CONCATENATED MODULE: ../build/network/http-get.js



const CONNECT_MS = 5_000;
const ANSWER_MS = 10_000;
function httpGet(url, headers, agent) {
    return new Promise((resolve, reject) => {
        const send = url.protocol === 'https:' ? external_node_https_.request : external_node_http_.request;
        const request = send(url, { headers, agent }, response => http_get_read(response).then(resolve, reject));
        const giveUp = (missing, ms) => {
            const error = Object.assign(new Error(`no ${missing} in ${ms / 1000} s`), { code: 'ETIMEDOUT' });
            reject(error);
            request.destroy(error);
        };
        let timer = setTimeout(giveUp, CONNECT_MS, 'connection', CONNECT_MS);
        request.on('finish', () => {
            clearTimeout(timer);
            timer = setTimeout(giveUp, ANSWER_MS, 'whole answer', ANSWER_MS);
        });
        request.on('error', reject);
        request.on('close', () => clearTimeout(timer));
        request.end();
    });
}
async function http_get_read(response) {
    const { statusCode: status = 0, headers } = response;
    try {
        return { status, headers, body: (await (0,bounded_body/* readBody */.x)(response)).toString() };
    }
    catch (error) {
        if (error instanceof bounded_body/* BodyTooLong */.J)
            return { status, headers, body: undefined };
        throw error;
    }
}

// EXTERNAL MODULE: ../build/network/proxy-tunnel.js
var proxy_tunnel = __webpack_require__(851);
;// CONCATENATED MODULE: ../build/network/strict-tls.js

class StrictTls {
    #roots;
    #secureContext;
    constructor(furtherRoots) {
        this.#roots = [...external_node_tls_.rootCertificates, ...furtherRoots];
    }
    get options() {
        this.#secureContext ??= contextOf(this.#roots);
        return { secureContext: this.#secureContext, rejectUnauthorized: true };
    }
}
function contextOf(roots) {
    const isNodes = isSameList((0,external_node_tls_.getCACertificates)('default'), roots);
    return (0,external_node_tls_.createSecureContext)(isNodes ? {} : { ca: [...roots] });
}
function isSameList(one, other) {
    return one.length === other.length && one.every((element, index) => element === other[index]);
}

// EXTERNAL MODULE: ../build/github/http-client.js
var http_client = __webpack_require__(2169);
// EXTERNAL MODULE: ../build/github/preconnect.js
var preconnect = __webpack_require__(9724);
;// CONCATENATED MODULE: ../build/github/id-token-service.js















class IdTokenService {
    #proxy;
    #agent;
    constructor(settings) {
        const url = requestUrl();
        this.#proxy = proxyOf(url, settings);
        this.#agent = agentFor(url, this.#proxy, settings);
    }
    async requestIdToken(audience) {
        const { idToken } = await (0,http_client/* sentBy */.m)(async (url, headers) => {
            const response = await httpGet(url, headers, this.#agent).catch(error => {
                throw toRemoteFailure(error, this.#proxy);
            });
            const idToken = tokenInResponse(response, Date.now());
            return { value: idToken.jwt, idToken };
        }, () => (0,lib_core/* getIDToken */.V9)(audience));
        return idToken;
    }
}
function requestUrl() {
    const text = process.env.ACTIONS_ID_TOKEN_REQUEST_URL ?? '';
    const url = URL.canParse(text) ? new URL(text) : undefined;
    const isHttp = url?.protocol === 'https:' || url?.protocol === 'http:';
    if (isHttp && keepsOrigin(text, url))
        return url;
    const message = isHttp
        ? 'ACTIONS_ID_TOKEN_REQUEST_URL has neither a path nor a query, so the audience would become part of its host'
        : 'ACTIONS_ID_TOKEN_REQUEST_URL is not an http or https URL';
    throw new GateError('ERR_OIDC_REQUEST_FAILED', `no token was requested: ${message}`, 'The runner sets it: check how this runner, or what stands in for one, was set up.', { cause: failed({ kind: 'no-response', code: '', status: undefined, message }) });
}
function keepsOrigin(text, { origin }) {
    const asked = `${text}&audience=x`;
    return URL.canParse(asked) && new URL(asked).origin === origin;
}
function proxyOf(url, { httpProxy, noProxy }) {
    return isLoopback(url) ? undefined : proxyFor(url, { httpProxy, noProxy, environment: process.env });
}
function agentFor({ protocol }, proxy, { caBundle }) {
    const isHttps = protocol === 'https:';
    if (!proxy)
        return isHttps ? (0,preconnect/* githubAgent */.d)() : new external_node_http_.Agent();
    const tunnel = new proxy_tunnel/* ProxyTunnel */.F8(proxy, new StrictTls(readRoots(caBundle)));
    return isHttps ? new proxy_tunnel/* HttpsTunnelAgent */.j5(tunnel) : new proxy_tunnel/* HttpTunnelAgent */.KW(tunnel);
}
function toRemoteFailure(error, proxy) {
    if (!(error instanceof Error))
        return error;
    const { message, code } = error;
    const name = proxy && (0,proxy_address/* formatProxy */.yt)(proxy);
    if (error instanceof proxy_tunnel/* ProxyError */.T6 && error.status !== undefined) {
        const { status } = error;
        const refusal = `the proxy ${name} answered ${status} and opened no tunnel to GitHub's token service`;
        return failed({ kind: 'proxy-refusal', code: '', status, message: refusal }, error);
    }
    if (code === undefined)
        return error;
    const kind = (0,certificate_error/* isCertificateError */.Y)(code) ? 'untrusted' : 'no-response';
    const through = name ? ` (through the proxy ${name})` : '';
    return failed({ kind, code, status: undefined, message: `${message}${through}` }, error);
}
function failed(failure, cause) {
    return new remote_failure/* RemoteFailure */.p('GetIdToken', failure, { cause });
}

;// CONCATENATED MODULE: ../build/network/retry.js





async function withRetry({ what, attempt, explain, renewToken, fallBack, beforeRetry, onTimeout }, limits) {
    const { accessDeniedSeconds, deadline } = limits;
    const start = performance.now();
    const inTime = (work) => deadline.race(what(), work).catch(error => {
        throw error instanceof GateError && onTimeout ? onTimeout(error) : error;
    });
    let malformed = 0;
    let attemptsHere = 0;
    for (let attempts = 1;; attempts++) {
        if (attempts > 1)
            await beforeRetry?.();
        try {
            return await inTime(attempt());
        }
        catch (error) {
            if (!(error instanceof remote_failure/* RemoteFailure */.p))
                throw error;
            const decision = (0,retry_policy/* decide */.LD)(error, accessDeniedSeconds > 0);
            const seconds = (performance.now() - start) / 1000;
            if (error.kind === 'malformed-response')
                malformed++;
            const isCapped = error.kind === 'malformed-response' && malformed >= retry_policy/* MAX_MALFORMED */.rc;
            if (isCapped || isOver(decision, attempts, seconds, limits))
                throw explain(error, attempts);
            const failed = `${what()}: ${error.summary}`;
            attemptsHere = (await fallBack?.(error, attemptsHere + 1)) ? 0 : attemptsHere + 1;
            const wait = waitBefore(attemptsHere, error, maxWait(decision, seconds, limits));
            if (decision === 'retry-with-new-token')
                renewToken?.();
            const limit = formatLimit(decision, limits);
            info(`${failed}. Retrying in ${(wait / 1000).toFixed(1)} s (attempt ${attempts + 1} ${limit})`);
            await inTime((0,promises_.setTimeout)(wait));
        }
    }
}
function waitBefore(attemptsHere, { retryAfterSeconds }, longest) {
    return attemptsHere === 0 ? 0 : Math.min((0,retry_policy/* waitAfter */.Wv)(attemptsHere, Math.random(), retryAfterSeconds), longest);
}
function formatLimit(decision, { accessDeniedSeconds, maxAttempts }) {
    return decision === 'retry-while-denied' ? `within ${accessDeniedSeconds} s` : `of ${maxAttempts}`;
}
function maxWait(decision, seconds, { accessDeniedSeconds }) {
    if (decision === 'awaiting-propagation')
        return retry_policy/* PROPAGATION_WAIT_MS */.Uz;
    return decision === 'retry-while-denied' ? Math.ceil(1000 * (accessDeniedSeconds - seconds)) : Infinity;
}
function isOver(decision, attempts, seconds, { maxAttempts, accessDeniedSeconds }) {
    switch (decision) {
        case 'final':
            return true;
        case 'retry-while-denied':
            return seconds >= accessDeniedSeconds;
        case 'awaiting-propagation':
            return attempts >= maxAttempts || seconds > retry_policy/* PROPAGATION_SECONDS */.LC;
        case 'retry':
        case 'retry-with-new-token':
        case 'retry-with-corrected-clock':
            return attempts >= maxAttempts;
    }
}

;// CONCATENATED MODULE: ../build/sources/github-oidc.js





function githubTokens({ inputs, limits }) {
    const service = new IdTokenService(inputs);
    return () => requestWithRetry(service, inputs, limits);
}
function requestWithRetry(service, inputs, limits) {
    return withRetry({
        what: () => "GitHub's OIDC endpoint",
        attempt: () => service.requestIdToken(inputs.audience),
        explain: (failure, attempts) => withIgnoredByProxy(idTokenFailure(failure, attempts), failure, inputs.stsEndpoint),
    }, limits);
}
function withIgnoredByProxy(error, { kind, cause }, endpoint) {
    const isOfProxy = kind === 'untrusted' && cause instanceof proxy_tunnel/* ProxyError */.T6;
    return isOfProxy ? withIgnored(error, ignoredVariables(process.env, endpoint)) : error;
}

;// CONCATENATED MODULE: ../build/sources/token-file.js




function fileTokens(path) {
    return async (refused) => {
        const idToken = token_file_read(path);
        if (idToken.jwt === refused?.jwt)
            throw tokenFileUnusable(path, 'its token has expired, and no newer one is there');
        return idToken;
    };
}
function token_file_read(path) {
    const idToken = readIdToken(textOf(path).trim());
    if (typeof idToken === 'string')
        throw tokenFileUnusable(path, idToken);
    return agedSinceItsIssue(idToken);
}
function textOf(path) {
    try {
        return readTokenFile(path);
    }
    catch (error) {
        throw tokenFileUnusable(path, reasonOf(error));
    }
}
function agedSinceItsIssue(idToken) {
    const left = Number(idToken.claims.all.exp) - Date.now() / 1000;
    return { ...idToken, lifetimeSeconds: Math.max(1, Math.min(idToken.lifetimeSeconds, left)) };
}

;// CONCATENATED MODULE: ../build/sources/source.js





function openSource(context) {
    const { inputs, run, onNewToken } = context;
    const { kind } = inputs.source;
    switch (kind) {
        case 'oidc':
            return { kind: 'tokens', tokens: new TokenCache(githubTokens(context), onNewToken) };
        case 'token-file':
            return { kind: 'tokens', tokens: new TokenCache(fileTokens(inputs.tokenFile ?? ''), onNewToken) };
        case 'access-keys':
        case 'existing':
            if (needsToken(context))
                throw oidcNotPermitted(run.fork);
            return { kind: 'session', session: kind === 'existing' ? openExisting(context) : givenKeys(inputs) };
    }
}
function needsToken({ inputs: { requiredClaims, targets } }) {
    return requiredClaims.length > 0 || targets.some(({ profile }) => profile?.refreshes);
}
function openExisting(context) {
    const [{ roles }] = context.inputs.targets;
    return findExisting(context, { isVerifyOnly: roles.length === 0 });
}
async function givenKeys({ accessKeys }) {
    if (!accessKeys)
        throw new Error('the access keys were chosen, and there are none');
    return {
        credentials: { ...accessKeys, expiration: undefined },
        origin: { kind: 'given' },
        assumedRole: {},
        claims: undefined,
        requestId: undefined,
    };
}

;// CONCATENATED MODULE: ../build/core/sts/role-request.js

const INTERMEDIATE_SECONDS = 900;
function requestByToken(role, isLast, settings) {
    if (role?.kind !== 'role')
        throw new Error('a token is exchanged for a role of which the ARN is known');
    return isLast ? lastRole(role, settings, []) : intermediateRole(role, settings);
}
function requestBySession(role, isLast, settings, run) {
    if (!isLast)
        return intermediateRole(role, settings);
    const { tagging } = settings;
    return lastRole(role, settings, tagging ? sessionTags(run, tagging.customTags) : []);
}
function intermediateRole(role, { sessionName, sourceIdentity }) {
    return {
        role,
        sessionName,
        durationSeconds: INTERMEDIATE_SECONDS,
        inlinePolicy: undefined,
        managedPolicies: [],
        externalId: undefined,
        sourceIdentity,
        tags: [],
        transitiveTagKeys: [],
        plainKeyAttempts: undefined,
    };
}
function lastRole(role, settings, tags) {
    const { tagging } = settings;
    return {
        role,
        sessionName: settings.sessionName,
        durationSeconds: settings.durationSeconds,
        inlinePolicy: settings.inlinePolicy,
        managedPolicies: settings.managedPolicies,
        externalId: settings.externalId,
        sourceIdentity: settings.sourceIdentity,
        tags,
        transitiveTagKeys: transitiveTagKeys(tagging?.transitiveTagKeys ?? [], tags).keys,
        plainKeyAttempts: settings.plainKeyAttempts,
    };
}
function withTags(request, tags) {
    return { ...request, tags, transitiveTagKeys: transitiveTagKeys(request.transitiveTagKeys, tags).keys };
}

;// CONCATENATED MODULE: ../build/flow/assume-and-verify.js



async function assumeAndVerify(target, source, step) {
    const { roles } = target;
    const { inputs, sts } = step;
    const remaining = [...roles];
    let session;
    if (source.kind === 'tokens') {
        const request = requestByToken(remaining.shift(), remaining.length === 0, inputs);
        session = await sts.assumeRoleWithWebIdentity(request, source.tokens);
    }
    else {
        session = await source.session;
    }
    for (const wanted of remaining) {
        const role = await verifyAndLocate(wanted, session, step);
        const request = requestBySession(role, wanted === roles.at(-1), inputs, process.env);
        session = await sts.assumeRole(request, session);
    }
    return verifySession(target, session, step);
}
async function verifySession(target, session, step) {
    return assertMatch(verifyIdentity(target, session, await identify(session, step)));
}
async function identify(session, { inputs, sts }) {
    const caller = await sts.getCallerIdentity(session);
    if (inputs.masksAccountIds)
        maskAccountIds([caller.accountId]);
    return caller;
}
async function verifyAndLocate(role, session, step) {
    const isAssumed = session.origin.kind === 'assumed';
    if (role.kind === 'role' && !isAssumed)
        return role;
    const caller = await identify(session, step);
    const { partition, accountId } = verifyIntermediate(session, caller);
    if (isAssumed)
        info(`Verified intermediate role: ${caller.arn}`);
    return role.kind === 'role'
        ? role
        : { kind: 'role', partition, accountId, path: '/', roleName: role.roleName };
}

;// CONCATENATED MODULE: ../build/core/outcome/exports.js



const KEY_VARIABLES = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'];
const LASTING_VARIABLES = ['AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_PROFILE'];
function sessionVariables(match, settings, environment) {
    const { credentials, origin } = match.session;
    const { profile } = match.target;
    if (!settings.exportsEnvironment || origin.kind === 'existing')
        return {};
    const { accessKeyId, secretAccessKey, sessionToken } = credentials;
    return {
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        ...(sessionToken || environment.AWS_SESSION_TOKEN ? { AWS_SESSION_TOKEN: sessionToken ?? '' } : {}),
        AWS_REGION: settings.region,
        AWS_DEFAULT_REGION: settings.region,
        ...(profile && !settings.isForSeveralRoles ? { AWS_PROFILE: profile.name } : {}),
        ...(environment.AWS_CREDENTIAL_EXPIRATION ? { AWS_CREDENTIAL_EXPIRATION: '' } : {}),
    };
}
function identityOutputs(match) {
    const { session, caller, identity } = match;
    const { expiration } = session.credentials;
    return {
        'aws-account-id': identity.accountId,
        'authenticated-arn': caller.arn,
        'user-id': caller.userId,
        'aws-partition': identity.partition,
        ...(expiration ? { 'aws-expiration': instant_formatInstant(expiration) } : {}),
        ...(identity.kind === 'assumed-role'
            ? {
                'role-name': identity.roleName,
                'role-id': roleIdOf(caller),
                'role-session-name': identity.sessionName,
            }
            : {}),
        ...(match.requestId ? { 'sts-request-id': match.requestId } : {}),
        verified: 'true',
    };
}
function profileOutputs(matches) {
    const verified = matches.map(match => ({ profile: match.target.profile?.name, ...identityOutputs(match) }));
    return { 'verified-profiles': JSON.stringify(verified) };
}
function tokenOutputs({ claims }) {
    return claims ? { 'token-subject': claims.subject } : {};
}
function credentialOutputs(match) {
    const { accessKeyId, secretAccessKey, sessionToken } = match.session.credentials;
    return {
        'aws-access-key-id': accessKeyId,
        'aws-secret-access-key': secretAccessKey,
        ...(sessionToken ? { 'aws-session-token': sessionToken } : {}),
    };
}
function failureOutputs(failure, record) {
    const caller = comparisonOf(record, failure)?.caller;
    const requestId = step_record_requestIdOf(failure, record);
    return {
        'failure-code': failure.code,
        ...tokenOutputs(record),
        ...(caller ? { 'actual-arn': caller.arn } : {}),
        ...(requestId ? { 'sts-request-id': requestId } : {}),
    };
}
function blankedKeys(environment) {
    return Object.fromEntries(KEY_VARIABLES.filter(name => environment[name]).map(name => [name, '']));
}
function cleanupState(exported, environment, hash) {
    const { AWS_ACCESS_KEY_ID: keyId } = exported;
    if (keyId === undefined)
        return {};
    const earlier = LASTING_VARIABLES.filter(name => exported[name] && environment[name]);
    return {
        keyIdHash: hash(keyId),
        earlier: JSON.stringify(Object.fromEntries(earlier.map(name => [name, environment[name]]))),
    };
}
function completedState(exported) {
    return Object.keys(exported).length === 0 ? {} : { exported: 'true' };
}
function exports_cleanedVariables(state, environment, hash) {
    const keyId = environment.AWS_ACCESS_KEY_ID ?? '';
    const isOurs = keyId !== '' && hash(keyId) === state.keyIdHash;
    if (state.exported !== 'true' && !isOurs)
        return {};
    const blanked = Object.fromEntries(KEY_VARIABLES.map(name => [name, '']));
    return { ...blanked, ...earlierValues(state.earlier ?? '') };
}
function earlierValues(json) {
    const values = parseObject(json);
    const names = LASTING_VARIABLES.filter(name => typeof values[name] === 'string');
    return Object.fromEntries(names.map(name => [name, String(values[name])]));
}
function parseObject(json) {
    try {
        return Object(JSON.parse(json));
    }
    catch {
        return {};
    }
}

// EXTERNAL MODULE: ../build/core/sts/sts-call.js
var sts_call = __webpack_require__(5895);
;// CONCATENATED MODULE: ../build/core/outcome/identity-record.js







const SCHEMA = 1;
const RUN_CLAIMS = [
    'repository',
    'repository_id',
    'repository_owner',
    'repository_owner_id',
    'ref',
    'sha',
    'environment',
    'event_name',
    'actor',
    'actor_id',
    'workflow_ref',
    'workflow_sha',
    'job_workflow_ref',
    'job_workflow_sha',
    'run_id',
    'run_number',
    'run_attempt',
    'check_run_id',
    'runner_environment',
    'jti',
];
function formatIdentityRecord(record, ending, at, { secrets, accountIds }) {
    const known = knownAccountIds(record, ending);
    const json = JSON.stringify(identityRecord(record, ending, at), (name, value) => {
        if (typeof value !== 'string')
            return value;
        const text = secrets(value);
        return isIdentifier(name, text) && !known.includes(text) ? text : accountIds(text, identity_record_MASKED);
    });
    return json.replaceAll(/[^ -~]/g, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
const identity_record_MASKED = 'masked';
function isIdentifier(name, text) {
    if (NUMBERED.includes(name))
        return /^\d{1,20}$/.test(text);
    return /^(?:[\da-f]{40}|[\da-f]{64})$/.test(text) || sts_call/* UUID */.k.test(text);
}
const NUMBERED = [
    'runId',
    'runNumber',
    'runAttempt',
    'repositoryId',
    'run_id',
    'run_number',
    'run_attempt',
    'check_run_id',
    'repository_id',
    'repository_owner_id',
    'actor_id',
];
function identityRecord(record, ending, at) {
    const { inputs, claims, run, calls = [] } = record;
    const first = inputs?.targets[0];
    const match = 'matches' in ending ? ending.matches[0] : undefined;
    const last = calls.at(-1);
    return {
        schema: SCHEMA,
        verified: match !== undefined,
        failureCode: 'failure' in ending ? ending.failure.code : null,
        expected: inputs && first ? expectedOf(first, inputs) : null,
        actual: actualOf(callerIn(record, ending)),
        session: inputs && match ? sessionOf(match, inputs) : null,
        token: claims ? identity_record_tokenOf(claims) : null,
        sts: last
            ? {
                host: last.host,
                region: last.region,
                requests: calls.map(({ operation, requestId }) => ({ operation, requestId })),
            }
            : null,
        run: runOf(run),
        action: run?.action ?? { repository: '', ref: '' },
        at: instant_formatInstant(at),
        ...(inputs?.isForSeveralRoles
            ? { profiles: (record.outcomes ?? []).map(outcome => profileOf(outcome, inputs, match !== undefined)) }
            : {}),
    };
}
function runOf(run) {
    return Object.fromEntries(RUN_FIELDS.map(name => [name, run?.[name] ?? '']));
}
const RUN_FIELDS = [
    'repository',
    'repositoryId',
    'runId',
    'runNumber',
    'runAttempt',
    'workflowRef',
    'ref',
    'sha',
    'actor',
];
function profileOf(outcome, inputs, passed) {
    const { target } = outcome;
    const failure = hasFailed(outcome) ? outcome.failure : undefined;
    const caller = hasFailed(outcome) ? comparisonOf({}, outcome.failure)?.caller : outcome.caller;
    return {
        profile: target.profile?.name ?? null,
        verified: failure === undefined,
        failureCode: failure?.code ?? null,
        requestId: (hasFailed(outcome) ? requestIdIn(outcome.failure) : outcome.requestId) ?? null,
        expected: expectedOf(target, inputs),
        actual: actualOf(caller),
        session: passed && !hasFailed(outcome) ? sessionOf(outcome, inputs) : null,
    };
}
function callerIn(record, ending) {
    return 'matches' in ending ? ending.matches[0].caller : comparisonOf(record, ending.failure)?.caller;
}
function expectedOf(target, { requiredClaims }) {
    const { roleIds, allowedAccountIds, forbiddenAccountIds } = target.expected;
    return {
        identities: identitiesOf(target),
        roleIds,
        allowedAccountIds,
        forbiddenAccountIds,
        requiredClaims: formatRequiredClaims(requiredClaims),
    };
}
function identitiesOf({ roles, expected }) {
    const { identities } = expected;
    if (identities === 'any')
        return 'any';
    if (identities !== 'role-assumed')
        return identities.map(comparableArn);
    return roles.slice(-1).map(role => (role.kind === 'role' ? comparableArn(expectRole(role)) : role.roleName));
}
function actualOf(caller) {
    if (!caller)
        return null;
    const { arn, accountId, userId } = caller;
    return { arn, accountId, userId, partition: arn.split(':')[1] ?? '' };
}
function sessionOf({ session, identity, caller }, { source }) {
    const { expiration } = session.credentials;
    const isRole = identity.kind === 'assumed-role';
    return {
        name: isRole ? identity.sessionName : null,
        roleId: isRole ? roleIdOf(caller) : null,
        expiration: expiration ? instant_formatInstant(expiration) : null,
        source: identity_record_sourceOf(session, source.kind),
    };
}
function identity_record_sourceOf({ origin }, kind) {
    return origin.kind === 'existing' ? 'existing' : kind;
}
function identity_record_tokenOf({ issuer, audiences, subject, all }) {
    const present = RUN_CLAIMS.filter(name => Object.hasOwn(all, name) && typeof all[name] === 'string');
    return {
        issuer,
        audience: audiences,
        subject,
        claims: Object.fromEntries(present.map(name => [name, all[name]])),
    };
}
function knownAccountIds(record, ending) {
    const { inputs, outcomes = [] } = record;
    const callers = [
        callerIn(record, ending),
        ...outcomes.map(outcome => hasFailed(outcome) ? comparisonOf({}, outcome.failure)?.caller : outcome.caller),
    ];
    return [
        ...(inputs ? accountIdsOf(inputs) : []),
        ...callers.flatMap(caller => (caller ? accountIdsIn(caller) : [])),
    ];
}

;// CONCATENATED MODULE: ../build/core/profiles/credential-process.js
function formatCommand(words, platform) {
    const isWindows = platform === 'win32';
    const unusable = words.find(word => UNUSABLE.test(word) || (isWindows && UNUSABLE_ON_WINDOWS.test(word)));
    if (unusable !== undefined)
        throw new Error(`${unusable} contains characters that can't be used in a profile's command`);
    return words.map(isWindows ? quoteForWindows : quoteForPosix).join(' ');
}
const UNUSABLE = /[^ -~]|(?:^| )[#;]/;
const UNUSABLE_ON_WINDOWS = /["%]|\\$/;
function quoteForPosix(word) {
    if (/^[\w@%+=:,./-]+$/.test(word))
        return word;
    return `'${word.replaceAll("'", `'\\''`)}'`;
}
function quoteForWindows(word) {
    return /^[\w:.\\/@+~-]+$/.test(word) ? word : `"${word}"`;
}

;// CONCATENATED MODULE: ../build/core/renewal/outcome.js




class KeptCredentials {
    #credentials;
    verifiedAt;
    triedAt;
    constructor(credentials, verifiedAt, triedAt) {
        this.#credentials = credentials;
        this.verifiedAt = verifiedAt;
        this.triedAt = triedAt;
    }
    static of(match, now) {
        assertGenuine(match);
        return new KeptCredentials(match.session.credentials, now);
    }
    static fromJson({ credentials, verifiedAt, triedAt }) {
        const { accessKeyId, secretAccessKey, sessionToken, expiration } = credentials;
        if (![accessKeyId, secretAccessKey, sessionToken].every(session/* isKey */.m))
            throw new Error('it holds no keys');
        const read = { accessKeyId, secretAccessKey, sessionToken, expiration: parseDate(expiration) };
        return new KeptCredentials(read, parseDate(verifiedAt), triedAt === undefined ? triedAt : parseDate(triedAt));
    }
    get credentials() {
        return this.#credentials;
    }
    toJSON() {
        return { credentials: this.#credentials, verifiedAt: this.verifiedAt, triedAt: this.triedAt };
    }
    triedAgain(now) {
        return new KeptCredentials(this.#credentials, this.verifiedAt, now);
    }
}
const USUAL_MS = (/* unused pure expression or super */ null && (15 * 60_000));
const SHORT_SESSION_MS = (/* unused pure expression or super */ null && (45 * 60_000));
const REST_MS = 30_000;
function isDue(kept, now) {
    if (!isAlive(kept, now))
        return true;
    const rested = now - (kept.triedAt?.getTime() ?? 0);
    if (0 <= rested && rested < REST_MS)
        return false;
    const end = endOf(kept);
    const life = end - kept.verifiedAt.getTime();
    return end - now < (life < SHORT_SESSION_MS ? life / 3 : USUAL_MS);
}
function isAlive(kept, now) {
    return now < endOf(kept);
}
function endOf({ credentials }) {
    return credentials.expiration?.getTime() ?? 0;
}
function formatOutcome(outcome) {
    if (outcome.kind === 'kept')
        return JSON.stringify(outcome.kept);
    const { code, message, hint } = outcome.failure;
    return JSON.stringify({ failure: { code, message, hint }, at: outcome.at });
}
function parseOutcome(text) {
    try {
        const { failure, at, ...kept } = JSON.parse(text);
        if (!failure)
            return { kind: 'kept', kept: KeptCredentials.fromJson(kept) };
        const { code, message, hint } = failure;
        return { kind: 'failed', failure: new GateError(code, message, hint), at: parseDate(at) };
    }
    catch {
        return undefined;
    }
}
function parseDate(text) {
    const date = new Date(text);
    if (Number.isNaN(date.getTime()))
        throw new Error(`${text} is no date`);
    return date;
}
function usable(outcome, now) {
    return outcome?.kind === 'kept' && !isDue(outcome.kept, now) ? outcome.kept : undefined;
}
function formatProcessCredentials({ credentials }) {
    const { accessKeyId, secretAccessKey, sessionToken, expiration } = credentials;
    return JSON.stringify({
        Version: 1,
        AccessKeyId: accessKeyId,
        SecretAccessKey: secretAccessKey,
        SessionToken: sessionToken,
        Expiration: expiration && formatInstant(expiration),
    });
}

;// CONCATENATED MODULE: ../build/core/renewal/settings.js






const HANDED_ON = {
    'aws-region': 'as given',
    'role-to-assume': 'as parsed',
    audience: 'as given',
    'role-session-name': 'as given',
    'source-identity': 'as given',
    'role-duration-seconds': 'as given',
    'role-external-id': 'as given',
    'role-chaining': 'left out',
    'role-chain': 'as given',
    'web-identity-token-file': 'left out',
    'aws-access-key-id': 'left out',
    'aws-secret-access-key': 'left out',
    'aws-session-token': 'left out',
    'force-skip-oidc': 'left out',
    'use-existing-credentials': 'left out',
    'unset-current-credentials': 'left out',
    'inline-session-policy': 'as given',
    'managed-session-policies': 'as given',
    'role-skip-session-tagging': 'as given',
    'custom-tags': 'as given',
    'transitive-tag-keys': 'as given',
    'translate-env-variables': 'left out',
    'expected-role': 'as given',
    'expected-role-id': 'as given',
    'allowed-account-ids': 'as given',
    'forbidden-account-ids': 'as given',
    'required-claims': 'as given',
    'trust-policy': 'left out',
    'on-mismatch': 'left out',
    'output-env-credentials': 'left out',
    'output-credentials': 'left out',
    'aws-profile': 'left out',
    'overwrite-aws-profile': 'left out',
    'refresh-credentials': 'left out',
    'aws-profiles': 'left out',
    'mask-aws-account-id': 'as given',
    'job-summary': 'left out',
    'sts-endpoint': 'as given',
    'use-fips-endpoint': 'as parsed',
    'use-dualstack-endpoint': 'as parsed',
    'sts-fallback-regions': 'as given',
    'http-proxy': 'as given',
    'no-proxy': 'as given',
    'ca-bundle': 'as parsed',
    'retry-max-attempts': 'as given',
    'disable-retry': 'as given',
    'retry-access-denied-seconds': 'left out',
    'action-timeout-s': 'as given',
    'special-characters-workaround': 'as given',
};
function renewalInputs(raw, inputs, { roles: [role] }, roots) {
    if (role?.kind !== 'role')
        throw new Error('what is renewed is a role of which the ARN is known');
    const given = INPUT_NAMES.filter(name => HANDED_ON[name] === 'as given')
        .map(rawName)
        .filter(name => raw[name] !== undefined);
    return {
        ...Object.fromEntries(given.map(name => [name, raw[name] ?? ''])),
        [rawName('role-to-assume')]: (0,identity_arn/* formatArn */.bH)(role),
        ...(inputs.stsEndpoint
            ? {}
            : {
                [rawName('use-fips-endpoint')]: String(inputs.usesFips),
                [rawName('use-dualstack-endpoint')]: String(inputs.usesDualstack),
            }),
        ...(inputs.caBundle === undefined ? {} : { [rawName('ca-bundle')]: roots }),
    };
}
function formatRenewalSettings({ raw, run }) {
    return `${JSON.stringify({ inputs: raw, run }, undefined, 2)}\n`;
}
function parseRenewalSettings(text) {
    const { inputs, run } = parseJsonObject(text);
    const raw = textsOf(inputs);
    if (Object.keys(raw).length === 0)
        throw new Error('it holds no inputs');
    return { raw, run: textsOf(run) };
}
function textsOf(value) {
    const entries = Object.entries(Object(value));
    if (!entries.every(([, text]) => typeof text === 'string'))
        throw new Error('a value in it is not a string');
    return Object.fromEntries(entries);
}
function isInconclusive({ code, cause }) {
    if (INCONCLUSIVE.includes(code))
        return true;
    if (!(cause instanceof RemoteFailure))
        return false;
    const { kind, operation } = cause;
    if (kind !== 'error-response' || isAboutTime(cause))
        return true;
    const isPage = operation !== 'GetIdToken' && cause.code === '';
    return isPage || (code !== 'ERR_STS_REJECTED' && decide(cause) !== 'final');
}
const INCONCLUSIVE = (/* unused pure expression or super */ null && ([
    'ERR_OIDC_NOT_PERMITTED',
    'ERR_INPUT_INVALID',
    'ERR_STS_UNAVAILABLE',
    'ERR_TIMEOUT',
    'ERR_PROFILE_WRITE',
]));

;// CONCATENATED MODULE: ../build/core/profiles/section-editor.js
class UnclearSection extends Error {
    profile;
    constructor(profile, line) {
        super(`the header in line ${line}, or the next one, is read differently by AWS's tools: it must begin its line, and only a comment after a blank may follow it`);
        this.profile = profile;
    }
}
function presentProfiles(text, file, profiles) {
    return new Set(sectionsOf(text, file, profiles).map(({ profile }) => profile));
}
function editSections(text, file, edits) {
    assertReadable(text);
    const profiles = edits.map(({ profile }) => profile);
    const replaced = sectionsOf(text, file, profiles);
    const unclear = replaced.find(({ isClear }) => !isClear);
    if (unclear)
        throw new UnclearSection(unclear.profile, lineNumber(text, unclear.start));
    const sections = edits.flatMap(({ profile, settings }) => settings ? [[section_editor_headerOf(file, profile), ...settingLines(settings)]] : []);
    if (sections.length > 0)
        assertNoDefaults(text);
    return append(without(text, replaced), sections, lineEndOf(text));
}
function removeSections(text, file, profiles, isOurs) {
    const outcomes = new Map(profiles.map(profile => [profile, 'gone']));
    const ours = [];
    for (const section of sectionsOf(text, file, profiles)) {
        const { profile, isClear } = section;
        if (outcomes.get(profile) === 'removed')
            continue;
        const isRemoved = isClear && isOurs(profile, canonicalOf(linesIn(text, section).slice(1)));
        outcomes.set(profile, isRemoved ? 'removed' : 'changed');
        if (isRemoved)
            ours.push(section);
    }
    return { text: without(text, ours, section => linesIn(text, section).filter(isFiller).join('')), outcomes };
}
function canonicalSettings(settings) {
    return canonicalOf(settingLines(settings));
}
function canonicalOf(lines) {
    const trimmed = lines.filter(line => !isFiller(line)).map(line => line.trim());
    return trimmed.map(withoutBlanks).join('\n');
}
function withoutBlanks(line) {
    const sign = line.indexOf('=');
    return sign < 0 ? line : `${line.slice(0, sign).trimEnd()}=${line.slice(sign + 1).trimStart()}`;
}
function settingLines(settings) {
    return Object.entries(settings).map(([name, value]) => {
        if (!isPlain(value))
            throw new Error(`the value of ${name} is none that can stand in a profile`);
        return `${name} = ${value}`;
    });
}
function isPlain(value) {
    return /^[\x20-\x7e]+$/.test(value) && value.trim() === value && !/(?:^| )[#;]/.test(value);
}
function section_editor_headerOf(file, profile) {
    return file === 'credentials' || profile === 'default' ? `[${profile}]` : `[profile ${profile}]`;
}
function append(text, sections, lineEnd) {
    if (sections.length === 0)
        return text;
    const added = sections.map(lines => lines.join(lineEnd)).join(lineEnd + lineEnd);
    if (text === '')
        return added + lineEnd;
    return text.endsWith('\n') ? text + lineEnd + added + lineEnd : text + lineEnd + lineEnd + added;
}
function without(text, sections, left = () => '') {
    if (sections.length === 0)
        return text;
    const parts = [];
    let from = 0;
    for (const section of sections) {
        parts.push(text.slice(from, startWithBlankLine(text, section.start)), left(section));
        from = section.end;
    }
    const rest = parts.join('') + text.slice(from);
    return text.endsWith('\n') ? rest : withoutLineEnd(rest);
}
function startWithBlankLine(text, start) {
    if (start < 2)
        return isBlankLine(text.slice(0, start)) ? 0 : start;
    const previous = text.lastIndexOf('\n', start - 2) + 1;
    return isBlankLine(text.slice(previous, start)) ? previous : start;
}
function isBlankLine(line) {
    return /^[\t\v\f\r ]*\n$/.test(line);
}
function withoutLineEnd(text) {
    if (!text.endsWith('\n'))
        return text;
    return text.slice(0, text.endsWith('\r\n') ? -2 : -1);
}
function lineEndOf(text) {
    return /\r?\n/.exec(text)?.[0] ?? '\n';
}
const BYTE_ORDER_MARK = '\xef\xbb\xbf';
function* lineSpans(text, from = 0, to = text.length) {
    let start = from === 0 && text.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : from;
    while (start < to) {
        const lineEnd = text.indexOf('\n', start);
        const end = lineEnd < 0 ? to : lineEnd + 1;
        yield { start, end };
        start = end;
    }
}
function linesIn(text, { start, end }) {
    return Array.from(lineSpans(text, start, end), line => text.slice(line.start, line.end));
}
function isFiller(line) {
    return /^[\t\v\f\r\n ]*(?:[#;]|$)/.test(line);
}
function* headersOf(text) {
    for (const { start, end } of lineSpans(text)) {
        let open = start;
        while (open < end && !isVisible(text.charCodeAt(open)))
            open++;
        if (text[open] !== '[' || open >= end)
            continue;
        const line = text.slice(open + 1, end);
        const close = line.indexOf(']');
        if (close >= 0)
            yield { start, end, name: line.slice(0, close) };
    }
}
function isVisible(code) {
    return 0x21 <= code && code <= 0x7e;
}
function isClearHeader(line) {
    const close = line.indexOf(']');
    const name = line.slice(1, close);
    return (line.startsWith('[') &&
        name !== '' &&
        !/\s[#;]/.test(name) &&
        /^[\t ]*(?:[\t ][#;][^\]]*)?\r?\n?$/.test(line.slice(close + 1)));
}
function sectionsOf(text, file, profiles) {
    const wanted = new Set(profiles);
    const sections = [];
    let open;
    const close = (next) => {
        if (!open)
            return;
        const { profile, header } = open;
        const isClear = [header, next].every(each => !each || isClearHeader(text.slice(each.start, each.end)));
        const end = endOfSettings(text, header, next?.start ?? text.length);
        sections.push({ profile, start: header.start, end, isClear });
    };
    for (const header of headersOf(text)) {
        close(header);
        const profile = profileNamed(header.name, file);
        open = profile !== undefined && wanted.has(profile) ? { profile, header } : undefined;
    }
    close(undefined);
    return sections;
}
function endOfSettings(text, header, next) {
    let last = header.end;
    for (const { start, end } of lineSpans(text, header.end, next)) {
        if (!isFiller(text.slice(start, end)))
            last = end;
    }
    return last;
}
function profileNamed(header, file) {
    const [first = '', second, ...others] = header.trim().split(/\s+/);
    if (second === undefined)
        return file === 'credentials' || first === 'default' ? first : undefined;
    const isPrefixed = file === 'config' && first.startsWith('profile') && others.length === 0;
    return isPrefixed ? second.replaceAll(/["'\\]/g, '') : undefined;
}
function assertReadable(text) {
    if (text.includes('\0'))
        throw new Error('it is not in UTF-8, or no text');
    const lone = /\r(?!\n)/.exec(text);
    if (lone)
        throw new Error(`in line ${lineNumber(text, lone.index)} a carriage return stands without a line feed`);
}
function assertNoDefaults(text) {
    for (const { start, name } of headersOf(text)) {
        if (name.trim() === 'DEFAULT')
            throw new Error(`in line ${lineNumber(text, start)} it has a section DEFAULT, whose settings some tools would give to this profile too: name it default, or take it out`);
    }
}
function lineNumber(text, index) {
    return text.slice(0, index).split('\n').length;
}

;// CONCATENATED MODULE: ../build/profiles/file-in-use.js

const LONGEST_WAIT = 2_000;
const PAUSE = 20;
async function onceClosed(work, platform = process.platform) {
    const end = performance.now() + LONGEST_WAIT;
    for (;;) {
        try {
            return work();
        }
        catch (error) {
            if (platform !== 'win32' || !isInUse(error) || performance.now() > end)
                throw error;
        }
        await (0,promises_.setTimeout)(PAUSE);
    }
}
function isInUse(error) {
    return ['EPERM', 'EACCES', 'EBUSY'].includes(Object(error).code);
}

;// CONCATENATED MODULE: ../build/profiles/atomic-file.js





class ChangedMeanwhile extends Error {
}
class PartlyChanged extends Error {
}
function readShared(path) {
    const status = statusOf(path);
    if (!status)
        return { path, text: undefined, stamp: undefined };
    if (status.isSymbolicLink())
        throw new Error('it is a symbolic link');
    if (!status.isFile())
        throw new Error("it isn't a regular file");
    const { bytes, status: opened } = readRegularFile(path, { flags: NO_FOLLOW });
    return { path, text: bytes.toString('latin1'), stamp: stampOf(opened) };
}
function statusOf(path) {
    return (0,external_node_fs_.lstatSync)(path, { bigint: true, throwIfNoEntry: false });
}
function stampOf({ dev, ino, size, mtimeNs, ctimeNs }) {
    return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
}
function hasFolder(path) {
    const status = (0,external_node_fs_.lstatSync)(path, { throwIfNoEntry: false });
    if (status?.isSymbolicLink())
        throw new Error('its folder is a symbolic link');
    if (status && !status.isDirectory())
        throw new Error("its parent isn't a folder");
    return status !== undefined;
}
function prepareFolder(path) {
    if (!hasFolder(path))
        (0,external_node_fs_.mkdirSync)(path, { recursive: true, mode: 0o700 });
}
async function changeTogether(changes, lock, breathe = async () => { }) {
    const staged = [];
    const done = [];
    try {
        for (const change of changes) {
            staged.push({ change, temporary: stage(change) });
            await breathe();
        }
        for (const { change, temporary } of staged) {
            await atomic_file_put(change.file, temporary, lock);
            done.push(change);
        }
        for (const change of done)
            assertWritten(change);
        lock.assertHeld();
    }
    catch (error) {
        if (await areUndone(done, lock))
            throw error;
        throw new PartlyChanged(error instanceof Error ? error.message : String(error), { cause: error });
    }
    finally {
        for (const { temporary } of staged)
            if (temporary)
                await discard(temporary);
    }
}
async function discard(temporary) {
    try {
        await onceClosed(() => (0,external_node_fs_.rmSync)(temporary, { force: true }));
    }
    catch {
    }
}
function stage({ file, after }) {
    return after === undefined ? undefined : writeTemporary(file.path, after);
}
async function replaceFile(path, text, lock) {
    discardLeftovers(path);
    const temporary = writeTemporary(path, Buffer.from(text).toString('latin1'));
    try {
        await onceClosed(() => {
            lock.assertHeld();
            (0,external_node_fs_.renameSync)(temporary, path);
        });
    }
    finally {
        (0,external_node_fs_.rmSync)(temporary, { force: true });
    }
}
function writeTemporary(path, text) {
    const temporary = `${path}.role-gate.${(0,external_node_crypto_.randomUUID)()}.tmp`;
    try {
        (0,external_node_fs_.writeFileSync)(temporary, text, { encoding: 'latin1', flag: 'wx', mode: 0o600, flush: true });
        return temporary;
    }
    catch (error) {
        (0,external_node_fs_.rmSync)(temporary, { force: true });
        throw error;
    }
}
function discardLeftovers(path) {
    const folder = (0,external_node_path_.dirname)(path);
    for (const entry of (0,external_node_fs_.readdirSync)(folder, { withFileTypes: true })) {
        if (entry.isFile() && isLeftover(entry.name, (0,external_node_path_.basename)(path)))
            (0,external_node_fs_.rmSync)((0,external_node_path_.join)(folder, entry.name), { force: true });
    }
}
function isLeftover(name, fileName) {
    if (!name.startsWith(fileName))
        return false;
    return /^\.(?:role-gate\.[\da-f-]{36}\.tmp|lock(?:\.[\da-f]{32})+)$/.test(name.slice(fileName.length));
}
function assertUntouched({ path, stamp }) {
    const status = statusOf(path);
    if ((status && stampOf(status)) !== stamp)
        throw new ChangedMeanwhile('another process changed it at the same time');
}
function atomic_file_put(file, temporary, lock) {
    return onceClosed(() => {
        lock.assertHeld();
        assertUntouched(file);
        if (temporary === undefined)
            (0,external_node_fs_.rmSync)(file.path, { force: true });
        else
            (0,external_node_fs_.renameSync)(temporary, file.path);
    });
}
function assertWritten({ file, after }) {
    if (readShared(file.path).text !== after)
        throw new Error('it does not hold what was written, because another process changed it at the same time');
}
async function areUndone(changes, lock) {
    let areAll = true;
    for (const change of changes)
        areAll = (await isUndone(change, lock)) && areAll;
    return areAll;
}
async function isUndone({ file, after }, lock) {
    try {
        const present = readShared(file.path);
        if (present.text !== after)
            return false;
        const temporary = file.text === undefined ? undefined : writeTemporary(file.path, file.text);
        try {
            await atomic_file_put(present, temporary, lock);
            return true;
        }
        finally {
            if (temporary)
                (0,external_node_fs_.rmSync)(temporary, { force: true });
        }
    }
    catch {
        return false;
    }
}

;// CONCATENATED MODULE: ../build/profiles/lock-holder.js


function ownHolder() {
    return { machine: thisMachine(), pid: process.pid, started: processStatus(process.pid)?.started };
}
function holderState(text) {
    const holder = parseHolder(text);
    if (holder?.machine !== thisMachine())
        return 'unknown';
    return isRunning(holder) ? 'running' : 'gone';
}
function parseHolder(text) {
    try {
        const { machine, pid, started } = JSON.parse(text);
        return Number.isSafeInteger(pid) && pid > 0 ? { machine, pid, started } : undefined;
    }
    catch {
        return undefined;
    }
}
function isRunning({ pid, started }) {
    if (!hasProcess(pid))
        return false;
    const status = processStatus(pid);
    if (!status)
        return true;
    return !status.isZombie && (started === undefined || started === status.started);
}
function hasProcess(pid) {
    try {
        return process.kill(pid, 0);
    }
    catch (error) {
        return Object(error).code !== 'ESRCH';
    }
}
function processStatus(pid) {
    try {
        if ((0,external_node_fs_.readlinkSync)('/proc/self') !== String(process.pid))
            return undefined;
        const stat = (0,external_node_fs_.readFileSync)(`/proc/${pid}/stat`, 'latin1');
        const [state = '', ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        return { started: fields[18], isZombie: /[ZX]/.test(state) };
    }
    catch {
        return undefined;
    }
}
function thisMachine() {
    try {
        const boot = (0,external_node_fs_.readFileSync)('/proc/sys/kernel/random/boot_id', 'latin1').trim();
        return [boot, (0,external_node_fs_.readlinkSync)('/proc/self/ns/pid'), timeNamespace()].join(' ');
    }
    catch {
        return (0,external_node_os_.hostname)();
    }
}
function timeNamespace() {
    try {
        return (0,external_node_fs_.readlinkSync)('/proc/self/ns/time');
    }
    catch {
        return '';
    }
}

;// CONCATENATED MODULE: ../build/profiles/file-lock.js







const file_lock_LONGEST_WAIT = 15_000;
const ABANDONED_AFTER = 10_000;
const TOUCHED_EVERY = 2_000;
const LONGEST_STEP = 1_000;
const file_lock_MAX_BYTES = 1_000;
const unhurried = milliseconds => (0,promises_.setTimeout)(milliseconds);
class LockLost extends Error {
}
async function withFileLock(path, work, patience = {}) {
    const lock = `${path}.lock`;
    const text = await acquire(lock, patience);
    const isHeld = () => readLock(lock)?.text === text;
    const assertHeld = () => {
        if (!isHeld())
            throw new LockLost(`another process took the lock ${lock} before this one was done`);
    };
    const touching = setInterval(() => isHeld() && touch(lock), TOUCHED_EVERY).unref();
    try {
        return await work({ assertHeld });
    }
    finally {
        clearInterval(touching);
        await release(lock, isHeld);
    }
}
async function release(lock, isHeld) {
    try {
        await onceClosed(() => isHeld() && (0,external_node_fs_.rmSync)(lock, { force: true }));
    }
    catch {
    }
}
async function withFileLocks(paths, work, patience = {}) {
    const [first, ...rest] = paths;
    if (first === undefined)
        return work({ assertHeld: () => { } });
    return withFileLock(first, lock => withFileLocks(rest, others => work(both(lock, others)), patience), patience);
}
function both(one, other) {
    return {
        assertHeld: () => {
            one.assertHeld();
            other.assertHeld();
        },
    };
}
function touch(lock) {
    try {
        const now = new Date();
        (0,external_node_fs_.utimesSync)(lock, now, now);
    }
    catch {
    }
}
async function acquire(lock, { pause = unhurried, maxWaitMs = file_lock_LONGEST_WAIT }) {
    const text = lockText();
    const end = performance.now() + maxWaitMs;
    const silence = new Silence();
    while (!(await make(lock, text))) {
        if (performance.now() > end)
            throw new Error(`${lock} has existed for more than ${maxWaitMs / 1000} seconds: delete it if no other job is running`);
        const present = readLock(lock);
        if (present && isAbandoned(present, silence.of(present)))
            await remove(lock, present);
        await pause(10 + Math.random() * 40, `the lock ${(0,base_text/* quote */.hD)(lock)}`);
    }
    return text;
}
function lockText() {
    return JSON.stringify({ ...ownHolder(), id: (0,external_node_crypto_.randomUUID)() });
}
async function make(lock, text) {
    try {
        await onceClosed(() => writeNew(lock, text));
    }
    catch (error) {
        if (Object(error).code === 'EEXIST')
            return false;
        throw error;
    }
    return readLock(lock)?.text === text;
}
function writeNew(path, text) {
    const file = (0,external_node_fs_.openSync)(path, 'wx', 0o600);
    try {
        (0,external_node_fs_.writeSync)(file, text);
    }
    catch (error) {
        (0,external_node_fs_.rmSync)(path, { force: true });
        throw error;
    }
    finally {
        (0,external_node_fs_.closeSync)(file);
    }
}
function readLock(lock) {
    try {
        const { bytes, status } = readRegularFile(lock, { flags: NO_FOLLOW, maxBytes: file_lock_MAX_BYTES });
        const text = bytes.toString();
        return { text, stamp: `${status.ino} ${status.mtimeNs} ${text}` };
    }
    catch {
        return undefined;
    }
}
function isAbandoned({ text }, silentMs) {
    const state = holderState(text);
    return state === 'gone' || (state === 'unknown' && silentMs > ABANDONED_AFTER);
}
class Silence {
    #stamp = '';
    #milliseconds = 0;
    #seenAt = 0;
    of({ stamp }) {
        const now = performance.now();
        const step = Math.min(now - this.#seenAt, LONGEST_STEP);
        this.#milliseconds = stamp === this.#stamp ? this.#milliseconds + step : 0;
        this.#stamp = stamp;
        this.#seenAt = now;
        return this.#milliseconds;
    }
}
async function remove(lock, judged) {
    const claim = `${lock}.${(0,external_node_crypto_.createHash)('sha256').update(judged.stamp).digest('hex').slice(0, 32)}`;
    if (!(await make(claim, lockText()))) {
        const other = readLock(claim);
        if (other && holderState(other.text) === 'gone')
            await remove(claim, other);
        return;
    }
    try {
        await onceClosed(() => readLock(lock)?.stamp === judged.stamp && (0,external_node_fs_.rmSync)(lock, { force: true }));
    }
    finally {
        await onceClosed(() => (0,external_node_fs_.rmSync)(claim, { force: true }));
    }
}

;// CONCATENATED MODULE: ../build/profiles/parse-check.js


function assertParsable(path, before, after) {
    const problem = problemOf(after);
    if (!problem)
        return;
    const present = problemOf(before);
    const isSame = present && lineAt(before, present.line) === lineAt(after, problem.line);
    throw new GateError('ERR_PROFILE_WRITE', parseFailure(path, isSame ? present : problem), 'Every aws command would fail, whatever profile it uses, so nothing was written. Correct the file, or name another one with AWS_SHARED_CREDENTIALS_FILE or AWS_CONFIG_FILE.');
}
function problemOf(text) {
    const parsed = parseConfig(Buffer.from(text, 'latin1'));
    return isProblem(parsed) ? parsed : undefined;
}
function lineAt(text, line) {
    return text.split(/\r\n?|\n/)[line - 1];
}

;// CONCATENATED MODULE: ../build/profiles/profile-store.js











function parseWrittenProfiles(json) {
    try {
        const { files } = JSON.parse(json);
        return Array.isArray(files) && files.every(isWrittenFile) ? { files } : undefined;
    }
    catch {
        return undefined;
    }
}
function isWrittenFile(value) {
    const { file, path, created, sections } = Object(value);
    if (file !== 'credentials' && file !== 'config')
        return false;
    if (typeof path !== 'string' || !(0,external_node_path_.isAbsolute)(path) || typeof created !== 'boolean')
        return false;
    return Array.isArray(sections) && sections.every(isWrittenSection);
}
function isWrittenSection(value) {
    const { profile, fingerprint } = Object(value);
    return typeof profile === 'string' && typeof fingerprint === 'string';
}
function planProfiles(profiles, environment) {
    const paths = profilePaths(environment, requireHome(profiles), external_node_path_.join);
    const files = ['credentials', 'config'].map(file => {
        const path = (0,external_node_path_.resolve)(paths[file]);
        const sections = profiles.flatMap(profile => sectionOf(profile, file, path));
        return { file, path, created: !(0,external_node_fs_.existsSync)(path), sections };
    });
    return { written: { files }, profiles };
}
function sectionOf({ name, settings }, file, path) {
    const own = settings[file];
    if (!own)
        return [];
    return [{ profile: name, fingerprint: naming([name], path, () => hash(canonicalSettings(own))) }];
}
function requireHome(profiles) {
    const home = (0,external_node_os_.homedir)();
    if (home === '')
        throw profile_store_failure(profile_store_namesOf(profiles), 'the home folder', new Error('HOME is blank'));
    return home;
}
async function assertWritable({ written, profiles }, { overwrite, pause = unhurried }) {
    for (const file of written.files) {
        naming(profile_store_namesOf(profiles), file.path, () => hasFolder((0,external_node_path_.dirname)(file.path)));
        edit(file, profiles, overwrite);
        await breathe(pause);
    }
}
function assertNoSection(text, file, path, profiles) {
    const present = presentProfiles(text, file, profile_store_namesOf(profiles));
    const first = profiles.find(({ name }) => present.has(name));
    if (first)
        throw alreadyThere(first.name, path);
}
function breathe(pause) {
    return pause(0, 'AWS’s shared files to be read and written');
}
async function writeProfiles({ written: { files }, profiles }, { overwrite, pause = unhurried }) {
    const names = profile_store_namesOf(profiles);
    const paths = files.map(({ path }) => path);
    const write = async (lock) => {
        const changes = [];
        for (const file of files) {
            naming(names, file.path, () => discardLeftovers(file.path));
            changes.push(...edit(file, profiles, overwrite));
            await breathe(pause);
        }
        await changeTogether(changes, lock, () => breathe(pause));
    };
    try {
        for (const path of paths)
            naming(names, path, () => prepareFolder((0,external_node_path_.dirname)(path)));
        assertTwoFiles(files);
        await withFileLocks(paths, lock => undisturbed(() => write(lock)), { pause });
    }
    catch (error) {
        throw profile_store_failure(names, paths.join(', '), error);
    }
}
function mayBeLeft(error) {
    return error instanceof GateError && error.cause instanceof PartlyChanged;
}
const MAX_ATTEMPTS = 3;
async function undisturbed(work) {
    for (let attempt = 1;; attempt++) {
        try {
            return await work();
        }
        catch (error) {
            if (!(error instanceof ChangedMeanwhile) || attempt === MAX_ATTEMPTS)
                throw error;
        }
    }
}
function edit({ file, path, sections }, profiles, overwrite) {
    const before = naming(profile_store_namesOf(profiles), path, () => readShared(path));
    const text = before.text ?? '';
    if (!overwrite)
        assertNoSection(text, file, path, profiles);
    const after = edited(text, file, path, profiles);
    assertParsable(path, text, after);
    return sections.length === 0 && after === text ? [] : [{ file: before, after }];
}
function edited(text, file, path, profiles) {
    const edits = profiles.map(({ name, settings }) => ({ profile: name, settings: settings[file] }));
    try {
        return editSections(text, file, edits);
    }
    catch (error) {
        throw profile_store_failure(error instanceof UnclearSection ? [error.profile] : profile_store_namesOf(profiles), path, error);
    }
}
function removeProfiles({ files }, patience = {}) {
    return removeInTurn(files, new Set(), patience);
}
async function removeInTurn([file, ...later], taken, patience) {
    if (!file)
        return [];
    const { path, sections } = file;
    const goOn = async (removals) => {
        const changed = removals.filter(({ outcome }) => outcome === 'changed').map(({ profile }) => profile);
        return [...removals, ...(await removeInTurn(later, new Set([...taken, ...changed]), patience))];
    };
    try {
        if (!hasFolder((0,external_node_path_.dirname)(path)))
            return await goOn(sections.map(({ profile }) => ({ profile, path, outcome: 'gone' })));
        return await withFileLock(path, async (lock) => goOn(await removeFrom(file, taken, lock)), patience);
    }
    catch (error) {
        return goOn(profile_store_failed(file, error));
    }
}
async function removeFrom(file, taken, lock) {
    try {
        return await undisturbed(() => takeOut(file, taken, lock));
    }
    catch (error) {
        return profile_store_failed(file, error);
    }
}
async function takeOut({ file, path, created, sections }, taken, lock) {
    discardLeftovers(path);
    const before = readShared(path);
    const fingerprints = new Map(sections.map(({ profile, fingerprint }) => [profile, fingerprint]));
    const isOurs = (profile, settings) => !taken.has(profile) && hash(settings) === fingerprints.get(profile);
    const { text, outcomes } = removeSections(before.text ?? '', file, [...fingerprints.keys()], isOurs);
    const after = text === '' && created ? undefined : text;
    if ([...outcomes.values()].includes('removed'))
        await changeTogether([{ file: before, after }], lock);
    return sections.map(({ profile }) => ({ profile, path, outcome: outcomes.get(profile) ?? 'gone' }));
}
function profile_store_failed({ path, sections }, cause) {
    const profiles = sections.map(({ profile }) => profile);
    const error = profile_store_failure(profiles, path, cause);
    return profiles.map(profile => ({ profile, path, outcome: 'failed', error }));
}
function assertTwoFiles(files) {
    const places = files.map(({ path }) => {
        const status = (0,external_node_fs_.lstatSync)(path, { bigint: true, throwIfNoEntry: false });
        return status ? `${status.dev} ${status.ino}` : path;
    });
    if (new Set(places).size < places.length)
        throw new Error('AWS_SHARED_CREDENTIALS_FILE and AWS_CONFIG_FILE name one file');
}
function hash(settings) {
    return (0,external_node_crypto_.createHash)('sha256').update(settings).digest('hex');
}
function profile_store_namesOf(profiles) {
    return profiles.map(({ name }) => name);
}
function naming(profiles, path, work) {
    try {
        return work();
    }
    catch (error) {
        throw profile_store_failure(profiles, path, error);
    }
}
function profile_store_failure(profiles, path, error) {
    if (error instanceof GateError)
        return error;
    const reason = reasonOf(error);
    return new GateError('ERR_PROFILE_WRITE', `${profile_store_inWords(profiles)} in ${(0,base_text/* quote */.hD)(path)}: ${(0,base_text/* escapeControls */.UN)(reason)}`, isDisturbed(error)
        ? 'Run the job again. If jobs or tools often change these files at the same time, give each job files of its own with AWS_SHARED_CREDENTIALS_FILE and AWS_CONFIG_FILE.'
        : 'Make sure that the file and its folder are regular ones that the runner can read and write, or set AWS_SHARED_CREDENTIALS_FILE and AWS_CONFIG_FILE to others.', { cause: error });
}
function isDisturbed(error) {
    return [LockLost, ChangedMeanwhile, PartlyChanged].some(kind => error instanceof kind);
}
function profile_store_inWords([first = '', ...others]) {
    if (others.length === 0)
        return `the profile ${(0,base_text/* quote */.hD)(first)}`;
    return `the profiles ${(0,base_text/* quote */.hD)(first)} and ${others.length} more`;
}
function alreadyThere(profile, path) {
    return new GateError('ERR_PROFILE_WRITE', `${(0,base_text/* quote */.hD)(path)} has a profile ${(0,base_text/* quote */.hD)(profile)} already`, 'Set overwrite-aws-profile: true to replace it in both files, or choose another name for it.');
}

;// CONCATENATED MODULE: ../build/profiles/credential-cache.js







const SETTINGS = 'settings.json';
const ROOTS = 'roots.pem';
const OUTCOME = 'credentials.json';
class CredentialCache {
    settingsPath;
    rootsPath;
    #outcomePath;
    constructor(folder) {
        this.settingsPath = (0,external_node_path_.join)(folder, SETTINGS);
        this.rootsPath = (0,external_node_path_.join)(folder, ROOTS);
        this.#outcomePath = (0,external_node_path_.join)(folder, OUTCOME);
    }
    static of(settingsPath) {
        return new CredentialCache((0,external_node_path_.dirname)(settingsPath));
    }
    static isOwnName(name) {
        return [SETTINGS, ROOTS, OUTCOME, `${OUTCOME}.lock`].includes(name) || isLeftover(name, OUTCOME);
    }
    create(settings, kept, roots) {
        (0,external_node_fs_.mkdirSync)((0,external_node_path_.dirname)(this.settingsPath), { mode: 0o700 });
        credential_cache_writeNew(this.settingsPath, settings);
        if (roots.length > 0)
            credential_cache_writeNew(this.rootsPath, roots.join(''));
        credential_cache_writeNew(this.#outcomePath, formatOutcome({ kind: 'kept', kept }));
    }
    readSettings() {
        return readText(this.settingsPath);
    }
    readOutcome() {
        try {
            return parseOutcome(readText(this.#outcomePath));
        }
        catch {
            return undefined;
        }
    }
    save(outcome, lock) {
        return replaceFile(this.#outcomePath, formatOutcome(outcome), lock);
    }
    async forget(lock) {
        try {
            await onceClosed(() => {
                lock.assertHeld();
                (0,external_node_fs_.rmSync)(this.#outcomePath, { force: true });
            });
        }
        catch {
        }
    }
    locked(work, maxWaitMs) {
        return withFileLock(this.#outcomePath, work, { maxWaitMs });
    }
}
function readText(path) {
    return readRegularText(path, { flags: NO_FOLLOW });
}
function credential_cache_writeNew(path, text) {
    (0,external_node_fs_.writeFileSync)(path, text, { flag: 'wx', mode: 0o600 });
}

;// CONCATENATED MODULE: ../build/profiles/step-folder.js







const NAME = /^aws-role-gate-[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;
const RECORD = 'profiles.json';
class StepFolder {
    path;
    constructor(path) {
        this.path = path;
    }
    static plan() {
        return new StepFolder((0,external_node_path_.join)(runnerTemp(), `aws-role-gate-${(0,external_node_crypto_.randomUUID)()}`));
    }
    static find(name) {
        if (!NAME.test(name))
            return undefined;
        const folder = new StepFolder((0,external_node_path_.join)(runnerTemp(), name));
        const written = folder.#readRecord();
        return written && { folder, written };
    }
    get name() {
        return (0,external_node_path_.basename)(this.path);
    }
    create(written) {
        (0,external_node_fs_.mkdirSync)(runnerTemp(), { recursive: true });
        (0,external_node_fs_.mkdirSync)(this.path, { mode: 0o700 });
        try {
            (0,external_node_fs_.writeFileSync)((0,external_node_path_.join)(this.path, RECORD), JSON.stringify(written), { flag: 'wx', mode: 0o600 });
        }
        catch (error) {
            step_folder_remove(this.path);
            throw error;
        }
    }
    renewalFiles(index) {
        return new CredentialCache((0,external_node_path_.join)(this.path, String(index)));
    }
    removeRenewals() {
        if (!(0,external_node_fs_.existsSync)(this.path))
            return;
        for (const name of (0,external_node_fs_.readdirSync)(this.path))
            if (name !== RECORD)
                step_folder_remove((0,external_node_path_.join)(this.path, name));
    }
    remove() {
        const isOurs = this.#hasOnlyOwnFiles();
        if (isOurs)
            step_folder_remove(this.path);
        return isOurs;
    }
    #readRecord() {
        try {
            if (!isOwnFolder(this.path))
                return undefined;
            return parseWrittenProfiles(readRegularText((0,external_node_path_.join)(this.path, RECORD), { flags: NO_FOLLOW }));
        }
        catch {
            return undefined;
        }
    }
    #hasOnlyOwnFiles() {
        return (0,external_node_fs_.readdirSync)(this.path, { withFileTypes: true }).every(entry => entry.name === RECORD ? entry.isFile() : isRenewalFolder(this.path, entry));
    }
}
function isRenewalFolder(parent, entry) {
    if (!entry.isDirectory() || !/^\d{1,3}$/.test(entry.name))
        return false;
    const entries = (0,external_node_fs_.readdirSync)((0,external_node_path_.join)(parent, entry.name), { withFileTypes: true });
    return entries.every(each => each.isFile() && CredentialCache.isOwnName(each.name));
}
function isOwnFolder(path) {
    const status = (0,external_node_fs_.lstatSync)(path);
    return status.isDirectory() && (process.getuid === undefined || status.uid === process.getuid());
}
function step_folder_remove(path) {
    (0,external_node_fs_.rmSync)(path, { recursive: true, force: true, maxRetries: 3 });
}
function runnerTemp() {
    return process.env.RUNNER_TEMP || (0,external_node_os_.tmpdir)();
}

;// CONCATENATED MODULE: ../build/profiles/export.js













const NONE = { takeBack: async (error) => error };
async function exportProfiles(matches, settings, pause) {
    const folder = StepFolder.plan();
    const entries = matches.flatMap((match, index) => entryOf(match, folder.renewalFiles(index), settings));
    const [first] = entries;
    if (!first)
        return NONE;
    const { name, overwrites, refreshes } = first.profile;
    const profiles = entries.map(entry => namingProfile(name, () => export_profileOf(entry)));
    const plan = planProfiles(profiles, process.env);
    await assertWritable(plan, { overwrite: overwrites, pause });
    namingProfile(name, () => folder.create(plan.written));
    const takeBack = async (error, mayBeThere = true) => {
        const left = await removeAll(folder, plan.written, mayBeThere);
        return left.length === 0 ? error : toGateError(error).reworded({ hint: stillThere(left) });
    };
    try {
        command_file_appendTogether(['GITHUB_STATE', { profiles: folder.name }]);
        if (refreshes)
            namingProfile(name, () => entries.forEach(createRenewal));
        await writeProfiles(plan, { overwrite: overwrites, pause });
    }
    catch (error) {
        throw await takeBack(error, mayBeLeft(error));
    }
    return { takeBack };
}
async function removeAll(folder, written, mayBeThere) {
    const removals = mayBeThere ? await removeProfiles(written, { maxWaitMs: TAKE_BACK_WAIT_MS }) : [];
    const left = removals.flatMap(removal => (removal.outcome === 'failed' ? [removal.error.message] : []));
    try {
        folder.removeRenewals();
        if (left.length === 0) {
            folder.remove();
            command_file_appendTogether(['GITHUB_STATE', { profiles: '' }]);
        }
    }
    catch {
    }
    return [...new Set(left)];
}
const TAKE_BACK_WAIT_MS = 2_000;
function stillThere(left) {
    return [
        'Credentials of this step may still be in a profile, because it could not be removed:',
        ...left.map(reason => `- ${reason}`),
        'The post step tries again when the job ends. To keep them from later steps, cancel the job.',
    ].join('\n');
}
function entryOf(match, files, settings) {
    const { profile } = match.target;
    return profile ? [{ profile, match, files, settings }] : [];
}
function export_profileOf({ profile, match, files, settings: { region } }) {
    const { name, refreshes } = profile;
    const settings = refreshes ? renewingSettings(renewCommand(files), region) : profileSettings(match, region);
    return { name, settings };
}
function renewCommand({ settingsPath }) {
    const entry = (0,external_node_path_.resolve)((0,external_node_path_.dirname)(process.argv[1] ?? ''), '..', 'renew', 'index.js');
    return formatCommand([process.execPath, entry, settingsPath], process.platform);
}
function createRenewal({ match, files, settings }) {
    const raw = renewalInputs(readInputs(), settings, match.target, files.rootsPath);
    const text = formatRenewalSettings({ raw, run: tagSourceOf(process.env) });
    files.create(text, KeptCredentials.of(match, new Date()), readRoots(settings.caBundle));
}
function namingProfile(profile, work) {
    try {
        return work();
    }
    catch (error) {
        if (error instanceof GateError)
            throw error;
        throw new GateError('ERR_PROFILE_WRITE', `can't write the files for the profile ${(0,base_text/* quote */.hD)(profile)} in RUNNER_TEMP: ${(0,base_text/* escapeControls */.UN)(reasonOf(error))}`, 'Make sure that the runner can write to RUNNER_TEMP, and that the paths of RUNNER_TEMP, the action and Node hold no special characters.', { cause: error });
    }
}

;// CONCATENATED MODULE: ../build/flow/export.js








async function exportMatches(matches, record, deadline) {
    for (const match of matches)
        assertGenuine(match);
    const { inputs, claims } = record;
    const [first] = matches;
    const variables = sessionVariables(first, inputs, process.env);
    const outputs = {
        ...(inputs.outputsCredentials ? credentialOutputs(first) : {}),
        ...recordOutput(record, { matches }),
        ...withoutSecrets({
            ...(inputs.isForSeveralRoles ? profileOutputs(matches) : {}),
            ...tokenOutputs(claims ? { claims } : {}),
            ...identityOutputs(first),
        }),
    };
    const profiles = await exportProfiles(matches, inputs, deadline.pause);
    try {
        deadline.assertTimeLeft('credentials were exported');
        command_file_appendTogether(['GITHUB_STATE', cleanupState(variables, process.env, sha256)], ['GITHUB_ENV', variables], ['GITHUB_OUTPUT', outputs], ['GITHUB_STATE', completedState(variables)]);
    }
    catch (error) {
        throw await profiles.takeBack(error);
    }
}
function exportFailure(failure, record, reported) {
    command_file_appendTogether(['GITHUB_ENV', reported ? blankedKeys(process.env) : {}], [
        'GITHUB_OUTPUT',
        {
            ...withoutSecrets(failureOutputs(failure, record), redactReport),
            ...recordOutput(record, { failure }),
        },
    ]);
}
function unsetCurrentCredentials() {
    const blanked = blankedKeys(process.env);
    command_file_appendTogether(['GITHUB_ENV', blanked]);
    for (const name of Object.keys(blanked))
        delete process.env[name];
}
function withdrawVariables() {
    const state = {
        exported: core.getState('exported'),
        keyIdHash: core.getState('keyIdHash'),
        earlier: core.getState('earlier'),
    };
    appendTogether(['GITHUB_ENV', cleanedVariables(state, process.env, sha256)]);
}
function sha256(text) {
    return (0,external_node_crypto_.createHash)('sha256').update(text).digest('hex');
}
function recordOutput(record, ending) {
    const redaction = { secrets: redactReport, accountIds: maskAccountIdsIn };
    return { 'identity-record': formatIdentityRecord(record, ending, new Date(), redaction) };
}
function withoutSecrets(outputs, redact = redactSecrets) {
    return Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, redact(value)]));
}

;// CONCATENATED MODULE: ../build/core/trust-policy/condition.js

const OPERATORS = {
    ...bothWays('String', 'Equals', (actual, wanted) => actual === wanted),
    ...bothWays('String', 'EqualsIgnoreCase', (actual, wanted) => actual.toLowerCase() === wanted.toLowerCase()),
    ...bothWays('String', 'Like', matchesPattern, true),
    ...bothWays('Numeric', 'Equals', comparing(toNumber, difference => difference === 0)),
    ...inOrder('Numeric', toNumber),
    ...bothWays('Date', 'Equals', comparing(toInstant, difference => difference === 0)),
    ...inOrder('Date', toInstant),
    ...bothWays('Arn', 'Equals', matchesArn, true),
    ...bothWays('Arn', 'Like', matchesArn, true),
    Bool: { test: sameBoolean, isNegated: false },
};
function bothWays(type, name, test, hasPatterns = false) {
    const patterns = hasPatterns ? { hasPatterns } : {};
    return {
        [`${type}${name}`]: { test, isNegated: false, ...patterns },
        [`${type}Not${name}`]: { test, isNegated: true, ...patterns },
    };
}
function inOrder(type, parse) {
    const operator = (holds) => ({
        test: comparing(parse, holds),
        isNegated: false,
    });
    return {
        [`${type}LessThan`]: operator(difference => difference < 0),
        [`${type}LessThanEquals`]: operator(difference => difference <= 0),
        [`${type}GreaterThan`]: operator(difference => difference > 0),
        [`${type}GreaterThanEquals`]: operator(difference => difference >= 0),
    };
}
function comparing(parse, holds) {
    return (actual, wanted) => {
        const [one, other] = [parse(actual), parse(wanted)];
        return one === undefined || other === undefined ? undefined : holds(one - other);
    };
}
function toNumber(text) {
    return /^-?\d{1,15}(?:\.\d{1,15})?$/.test(text) ? Number(text) : undefined;
}
const ISO_8601 = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d))?$/;
function toInstant(text) {
    if (/^\d{1,12}$/.test(text))
        return Number(text) * 1000;
    const instant = ISO_8601.test(text) ? Date.parse(text) : Number.NaN;
    return Number.isNaN(instant) ? undefined : instant;
}
function matchesArn(actual, wanted) {
    const [parts, patterns] = [partsOf(actual), partsOf(wanted)];
    if (!parts || !patterns)
        return undefined;
    return patterns.every((pattern, index) => matchesPattern(parts[index] ?? '', pattern));
}
function partsOf(arn) {
    const parts = arn.split(':');
    return parts.length < 6 ? undefined : [...parts.slice(0, 5), parts.slice(5).join(':')];
}
function sameBoolean(actual, wanted) {
    if (!isBoolean(actual) || !isBoolean(wanted))
        return undefined;
    return actual.toLowerCase() === wanted.toLowerCase();
}
const condition_FORM = /^(?:(ForAnyValue|ForAllValues):)?(\w+?)(IfExists)?$/;
const KEYS_OF_THE_REQUEST = /^(aws|sts):/;
function evaluateCondition(condition, context, hasVariables) {
    const key = condition.key.toLowerCase();
    const [, quantifier, name = '', ifExists] = condition_FORM.exec(condition.operator) ?? [];
    if (name === 'Null' && quantifier && !ifExists)
        return toOutcome(quantifier === 'ForAllValues');
    const actual = context.get(key);
    if (actual === 'unknown' || (actual === undefined && KEYS_OF_THE_REQUEST.test(key)))
        return 'unknown';
    if (actual?.length === 0)
        return quantifier === 'ForAnyValue' && !ifExists ? 'fails' : 'unknown';
    if (name === 'Null' && !ifExists)
        return evaluateNull(condition.values, actual ?? []);
    const operator = Object.hasOwn(OPERATORS, name) ? OPERATORS[name] : undefined;
    if (!operator)
        return 'unknown';
    const test = hasVariables ? withLiterals(operator) : operator.test;
    const holdsFor = (value) => condition_compare(value, condition.values, test, operator.isNegated);
    const holdsWithoutKey = ifExists !== undefined || operator.isNegated;
    if (condition.values.length === 0)
        return quantifier || holdsWithoutKey ? 'unknown' : 'fails';
    if (quantifier)
        return evaluateSet(quantifier, actual?.filter(Boolean) ?? [], holdsFor, ifExists !== undefined);
    if (actual === undefined) {
        const isClear = !hasVariables || condition.values.every(value => literalOf(value) !== undefined);
        return isClear ? toOutcome(holdsWithoutKey) : 'unknown';
    }
    return actual.length === 1 ? holdsFor(actual[0] ?? '') : 'unknown';
}
function condition_compare(actual, values, test, isNegated) {
    const results = values.map(wanted => test(actual, wanted));
    if (results.includes(true) && !isNegated)
        return 'holds';
    if (results.includes(undefined))
        return 'unknown';
    return toOutcome(results.includes(true) !== isNegated);
}
function evaluateSet(quantifier, actual, holdsFor, ifExists) {
    const outcomes = actual.map(holdsFor);
    if (quantifier === 'ForAllValues') {
        if (outcomes.includes('fails'))
            return 'fails';
        return outcomes.includes('unknown') ? 'unknown' : 'holds';
    }
    if (outcomes.length === 0 && ifExists)
        return 'unknown';
    if (outcomes.includes('holds'))
        return 'holds';
    return outcomes.includes('unknown') ? 'unknown' : 'fails';
}
function evaluateNull(values, actual) {
    if (values.length === 0 || !values.every(isBoolean))
        return 'unknown';
    const isAbsent = actual.every(value => value === '');
    return toOutcome(values.some(value => value.toLowerCase() === String(isAbsent)));
}
function withLiterals({ test, hasPatterns }) {
    return (actual, wanted) => {
        if (!wanted.includes('${'))
            return test(actual, wanted);
        const literal = literalOf(wanted);
        if (literal === undefined)
            return undefined;
        if (!hasPatterns)
            return test(actual, literal);
        if (/[\uE000\uE001]/.test(wanted + actual))
            return undefined;
        const pattern = literalOf(wanted, { '*': '\uE000', '?': '\uE001', $: '$' }) ?? '';
        return test(actual.replaceAll('*', '\uE000').replaceAll('?', '\uE001'), pattern);
    };
}
function literalOf(text, literals = { '*': '*', '?': '?', $: '$' }) {
    const rest = text.replaceAll(/\$\{[*?$]\}/g, '');
    if (rest.includes('${'))
        return undefined;
    return text.replaceAll(/\$\{([*?$])\}/g, (_, character) => literals[character] ?? '');
}
function isBoolean(text) {
    return /^(true|false)$/i.test(text);
}
function toOutcome(holds) {
    return holds ? 'holds' : 'fails';
}
function requiresValueOf(wanted) {
    return ({ key, operator }) => key.toLowerCase() === wanted &&
        /^(?:ForAnyValue:)?(?:String|Arn)(?:Equals(?:IgnoreCase)?|Like)$/.test(operator);
}

;// CONCATENATED MODULE: ../build/core/trust-policy/evaluate.js



const ACTION = 'sts:AssumeRoleWithWebIdentity';
const FURTHER_ACTIONS = {
    'https://aws.amazon.com/tags': 'sts:TagSession',
    'https://aws.amazon.com/source_identity': 'sts:SetSourceIdentity',
};
function evaluateTrustPolicy(policy, request) {
    const further = Object.entries(FURTHER_ACTIONS).filter(([claim]) => request.claims[claim] !== undefined);
    const context = evaluate_contextOf(request);
    const first = evaluateAction(policy, request, context, ACTION);
    const others = further.map(([, action]) => evaluateAction(policy, request, context, action));
    const all = [first, ...others];
    return (all.find(({ decision }) => decision === 'refused') ??
        all.find(({ decision }) => decision === 'unknown') ??
        first);
}
function evaluateAction(policy, request, context, action) {
    const statements = policy.statements.map(statement => evaluateStatement(statement, request, context, policy.hasVariables, action));
    const decision = policy.duplicateKeys.length > 0 ? 'unknown' : evaluate_decide(statements);
    return { decision, statements };
}
function evaluate_decide(statements) {
    const outcomesOf = (effect) => statements.filter(statement => statement.effect === effect).map(({ outcome }) => outcome);
    const [allows, denies] = [outcomesOf('Allow'), outcomesOf('Deny')];
    if (denies.includes('holds'))
        return 'refused';
    if (!allows.includes('holds') && !allows.includes('unknown'))
        return 'refused';
    if (denies.includes('unknown') || !allows.includes('holds'))
        return 'unknown';
    return 'allowed';
}
function concerns(statement, request) {
    return checkPrincipal(statement, request).outcome !== 'fails' && namesWebIdentity(statement);
}
function evaluate_contextOf({ issuer, claims, unknownKeys = [], sent = {} }) {
    const ofToken = keysOf(issuer).map(name => {
        const values = unknownKeys.includes(name) ? 'unknown' : keyValues(issuer, name, claims);
        return [`${keyPrefix(issuer)}${name}`.toLowerCase(), values];
    });
    const { region, sessionName, durationSeconds, isTls, at } = sent;
    const ofRequest = [
        ['aws:requestedregion', region],
        ['aws:securetransport', isTls],
        ['aws:currenttime', at?.toISOString()],
        ['aws:epochtime', at && Math.floor(at.getTime() / 1000)],
        ['sts:rolesessionname', sessionName],
        ['sts:durationseconds', durationSeconds],
    ];
    return new Map([
        ...ofToken.flatMap(([key, values]) => (values === undefined ? [] : [[key, values]])),
        ...ofRequest.flatMap(([key, value]) => (value === undefined ? [] : [[key, [String(value)]]])),
    ]);
}
function evaluateStatement(statement, request, context, hasVariables, action) {
    const { name, effect, conditions } = statement;
    const checks = [
        checkPrincipal(statement, request),
        checkAction(statement, action),
        ...conditions.map(condition => ({
            what: `${condition.operator} ${condition.key}`,
            wanted: condition.values.join(' or '),
            found: foundIn(context, condition.key),
            outcome: evaluateCondition(condition, context, hasVariables),
        })),
    ];
    return { name, effect, outcome: allOf(checks.map(({ outcome }) => outcome)), checks };
}
function foundIn(context, key) {
    const values = context.get(key.toLowerCase()) ?? [];
    return values === 'unknown' ? '' : values.join(', ');
}
function allOf(outcomes) {
    if (outcomes.includes('fails'))
        return 'fails';
    return outcomes.includes('unknown') ? 'unknown' : 'holds';
}
function checkPrincipal(statement, { principal: found }) {
    const { federatedPrincipals: principals, isForEveryone, effect } = statement;
    if (isForEveryone)
        return { what: 'Principal', wanted: 'everyone', found, outcome: effect === 'Deny' ? 'holds' : 'unknown' };
    if (!principals)
        return { what: 'Principal', wanted: 'a form that is not evaluated here', found, outcome: 'unknown' };
    const isOpen = principals.some(principal => principal.includes('${'));
    const outcome = principals.includes(found) ? 'holds' : isOpen ? 'unknown' : 'fails';
    return { what: 'Principal', wanted: principals.join(' or ') || 'no federated principal', found, outcome };
}
function namesWebIdentity(statement) {
    return checkAction(statement, ACTION).outcome === 'holds';
}
function checkAction({ actions, excludesActions }, found) {
    const isNamed = actions.some(action => matchesPattern(found.toLowerCase(), action.toLowerCase()));
    const wanted = `${excludesActions ? 'none of ' : ''}${actions.join(' or ')}`;
    return { what: 'Action', wanted, found, outcome: isNamed !== excludesActions ? 'holds' : 'fails' };
}

;// CONCATENATED MODULE: ../build/core/trust-policy/policy.js

class InvalidPolicy extends Error {
    name = 'InvalidPolicy';
}
const LONGEST_POLICY = 100_000;
function parseTrustPolicy(text) {
    if (text.length > LONGEST_POLICY)
        throw new InvalidPolicy(`it is longer than ${LONGEST_POLICY} characters`);
    const policy = asObject(policy_parseJson(text), 'the policy');
    requireKnown(policy, ['Version', 'Id', 'Statement'], 'the policy');
    if (![undefined, '2008-10-17', '2012-10-17'].includes(policy.Version)) {
        throw new InvalidPolicy('its Version is neither 2012-10-17 nor 2008-10-17');
    }
    const statements = listOf(policy.Statement);
    if (statements.length === 0)
        throw new InvalidPolicy('it has no Statement');
    return {
        hasVariables: policy.Version === '2012-10-17',
        statements: statements.map((statement, index) => parseStatement(statement, index + 1)),
        duplicateKeys: duplicateKeysIn(text),
    };
}
function policy_parseJson(text) {
    const json = text.replace(/^\uFEFF/, '');
    try {
        return JSON.parse(json);
    }
    catch (error) {
        throw new InvalidPolicy(`it is no JSON${placeOf(error, json)}`);
    }
}
function parseStatement(value, place) {
    const name = `statement ${place}`;
    const statement = asObject(value, name);
    requireKnown(statement, STATEMENT_ELEMENTS, name);
    const { Effect: effect, Sid: sid, Principal: principal, Action: action, NotAction: notAction } = statement;
    if (principal !== undefined && statement.NotPrincipal !== undefined) {
        throw new InvalidPolicy(`${name} has both Principal and NotPrincipal`);
    }
    if (effect !== 'Allow' && effect !== 'Deny')
        throw new InvalidPolicy(`${name} has no Effect of Allow or Deny`);
    if ((action === undefined) === (notAction === undefined))
        throw new InvalidPolicy(`${name} needs one of Action and NotAction`);
    return {
        name: typeof sid === 'string' && sid !== '' ? sid : name,
        effect,
        ...parsePrincipal(principal, name),
        actions: stringsOf(action === undefined ? notAction : action, `the Action of ${name}`),
        excludesActions: action === undefined,
        conditions: parseConditions(statement.Condition, name),
    };
}
function parsePrincipal(principal, name) {
    if (principal === undefined || typeof principal === 'string')
        return { federatedPrincipals: undefined, isForEveryone: principal === '*' };
    const what = `the Principal of ${name}`;
    const principals = Object.entries(asObject(principal, what)).map(([type, value]) => ({
        type,
        ids: stringsOf(value, what),
    }));
    return {
        federatedPrincipals: principals.filter(({ type }) => type === 'Federated').flatMap(({ ids }) => ids),
        isForEveryone: principals.some(({ ids }) => ids.includes('*')),
    };
}
function parseConditions(conditions, name) {
    if (conditions === undefined)
        return [];
    const what = `the Condition of ${name}`;
    return Object.entries(asObject(conditions, what)).flatMap(([operator, keys]) => Object.entries(asObject(keys, what)).map(([key, values]) => ({
        operator,
        key,
        values: policy_textsOf(values, what),
    })));
}
const STATEMENT_ELEMENTS = ['Sid', 'Effect', 'Principal', 'NotPrincipal', 'Action', 'NotAction', 'Condition'];
function requireKnown(object, known, what) {
    const unknown = Object.keys(object).find(element => !known.includes(element));
    if (unknown !== undefined)
        throw new InvalidPolicy(`${what} has an element that IAM does not know: ${unknown}`);
}
function asObject(value, what) {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
        throw new InvalidPolicy(`${what} is no JSON object`);
    return value;
}
function listOf(value) {
    if (value === undefined)
        return [];
    return Array.isArray(value) ? value : [value];
}
function stringsOf(value, what) {
    return listOf(value).map(element => {
        if (typeof element !== 'string')
            throw new InvalidPolicy(`${what} holds a value that is no string`);
        return element;
    });
}
function policy_textsOf(value, what) {
    return listOf(value).map(element => {
        if (typeof element === 'object')
            throw new InvalidPolicy(`${what} holds a value that is no string`);
        return String(element);
    });
}

;// CONCATENATED MODULE: ../build/core/trust-policy/rules.js
const SEVERITIES = (/* unused pure expression or super */ null && (['info', 'warning', 'error']));
function saved(severity, fix) {
    return { severity, fix, preventsSaving: false };
}
function refused(fix) {
    return { severity: 'error', fix, preventsSaving: true };
}
const RULES = {
    'invalid-policy': refused('Correct the policy. IAM would not save it.'),
    'duplicate-key': refused('Keep one of the two keys.'),
    'duplicate-sid': refused('Give each statement its own Sid, or none.'),
    'invalid-sid': refused('Use letters and digits only.'),
    'missing-principal': refused('Add a Principal.'),
    'not-principal': refused('Name the trusted principals in Principal.'),
    'unknown-principal-type': refused('Use AWS, Federated, Service or CanonicalUser.'),
    'provider-as-aws-principal': refused('Put the ARN of the OIDC provider under Federated.'),
    'unknown-action': refused('Use sts:AssumeRoleWithWebIdentity for tokens.'),
    'unknown-operator': refused('Use an operator from the IAM User Guide, such as StringEquals.'),
    'provider-with-scheme': saved('error', 'Remove https:// from the ARN.'),
    'github-without-sub': saved('error', 'Add a condition on sub. IAM refuses new policies without one.'),
    everyone: saved('error', 'Name the OIDC provider in Principal.'),
    'any-subject': saved('error', 'Name the subjects that may assume the role.'),
    'subject-without-repository': saved('error', 'Start the subject with repo:OWNER/NAME. Any repository can choose a subject without it.'),
    'whole-owner': saved('warning', 'Name the repositories, or add a condition on repository_id.'),
    'any-event': saved('warning', 'Name the branch or the environment. Pull requests run code that nobody has reviewed.'),
    'pull-request': saved('warning', 'Give the role read access only, or name the branch or the environment.'),
    'any-ref': saved('warning', 'Name the branch, the tag or the environment.'),
    'open-ended': saved('warning', 'Write the full name, or end the pattern at a separator.'),
    'optional-condition': saved('warning', 'Remove IfExists, so a token without the claim is refused.'),
    'holds-without-claim': saved('warning', 'Use ForAnyValue, or StringEquals for a claim with one value.'),
    'wildcard-as-text': saved('warning', 'Use StringLike, or write the value without a wildcard.'),
    'unknown-key': saved('warning', 'Remove the condition, or test the claim with required-claims.'),
    'no-audience': saved('warning', 'Add StringEquals on aud, usually sts.amazonaws.com.'),
    'single-run': saved('warning', 'Replace the step UUID with a wildcard: {REPOSITORY}:{ENVIRONMENT}:*.'),
    'no-subject': saved('info', 'Add a condition on sub, to name the runs that may assume the role.'),
    'any-user': saved('info', 'Name the user too, unless everyone who can start the project may assume the role.'),
    'names-without-ids': saved('info', 'Use the immutable subject or add a condition on an ID: names can be reused by someone else.'),
};

;// CONCATENATED MODULE: ../build/core/trust-policy/subject-rules.js



const IDS = ['repository_id', 'project_id', 'pipeline_id', 'oidc.circleci.com/project-id'];
function subjectFindings(statement, issuer, path) {
    const prefix = keyPrefix(issuer).toLowerCase();
    const isFixed = (names) => names.some(name => statement.conditions.some(condition => requiresValueOf(`${prefix}${name}`.toLowerCase())(condition) &&
        !(condition.operator.includes('Like') && condition.values.some(hasWildcard))));
    const facts = {
        issuer,
        hasId: isFixed(IDS),
        hasEvent: isFixed(['environment', 'ref']),
        hasWorkflow: isFixed(['job_workflow_ref']),
    };
    const found = statement.conditions.filter(requiresSubject(prefix)).map(condition => condition.values.flatMap((value, index) => {
        const rule = ruleFor(value, condition, facts);
        if (rule === undefined)
            return [];
        const at = [...path, 'Condition', condition.operator, condition.key, index];
        return [{ rule, message: `${statement.name} allows the subject ${value}`, path: at }];
    }));
    return found.some(remarks => remarks.length === 0) ? [] : found.flat();
}
function requiresSubject(prefix) {
    return ({ operator, ...rest }) => requiresValueOf(`${prefix}sub`)({
        ...rest,
        operator: operator.replace(/^ForAllValues:/, '').replace(/IfExists$/, ''),
    });
}
const VARIABLE = /\$\{(?!AWS::)[\w./-]+:[\w./-]+\}/g;
function ruleFor(written, { operator }, facts) {
    const { issuer, hasId, hasEvent, hasWorkflow } = facts;
    const subject = written.replaceAll(VARIABLE, '*');
    if (/^\$\{[\w:.-]+\}$/.test(subject))
        return undefined;
    const known = withoutParameters(subject);
    const value = operator.includes('IgnoreCase') ? known.toLowerCase() : known;
    const isPattern = operator.includes('Like') || subject !== written;
    const isGithub = isGithubIssuer(issuer) || value.startsWith('repo:');
    if (hasId)
        return isGithub && /^repo:[^:]*:pull_request$/.test(value) ? 'pull-request' : undefined;
    if (/^https:\/\/api\.bitbucket\.org\//.test(issuer) && !(isPattern && hasWildcard(value)))
        return 'single-run';
    const rule = isGithub ? githubRule(value, isPattern) : otherRule(value, isPattern, isShared(issuer));
    if (hasWorkflow && rule === 'whole-owner')
        return undefined;
    const isOfEvent = rule === 'any-event' || rule === 'any-ref';
    return isOfEvent && (hasEvent || hasWorkflow) ? undefined : rule;
}
function withoutParameters(subject) {
    return subject
        .replace(/^repo:[^/:*?]*\$\{[\w:.-]+\}(?=:)/, 'repo:x@1/x@1')
        .replace(/^repo:(?:[^/:*?]*\/)?[^/:*?]*\$\{[\w:.-]+\}$/, 'repo:x@1/x@1:x')
        .replaceAll(/\$\{[\w:.-]+\}/g, 'x');
}
const SUBJECT = /^repo:([^/:]*)(?:\/([^:]*))?(?::(.*))?$/s;
function githubRule(value, isPattern) {
    if (isPattern && /^[?*]/.test(value))
        return 'any-subject';
    const [isRepository, owner = '', repository, rest] = SUBJECT.exec(value) ?? [];
    if (isRepository === undefined)
        return customizedRule(value);
    const isOpen = (part) => isPattern && part !== undefined && hasWildcard(part.replace(/@[*?\d]+$/, ''));
    if (isOpen(owner))
        return 'any-subject';
    if (repository === undefined || isOpen(repository))
        return 'whole-owner';
    if (rest === 'pull_request')
        return 'pull-request';
    const namesIds = /@\d+$/.test(owner) && /@\d+$/.test(repository);
    return bindingRule(rest, isPattern) ?? (namesIds ? undefined : 'names-without-ids');
}
function customizedRule(value) {
    if (/(?:^|:)repository(?:_id)?:[^:*?]+(?::|$)/.test(value))
        return undefined;
    if (/(?:^|:)(?:repository_owner|repository_owner_id):[^:*?]+(?::|$)/.test(value))
        return 'whole-owner';
    return 'subject-without-repository';
}
function bindingRule(rest, isPattern) {
    if (rest === undefined)
        return 'any-event';
    if (!isPattern || !hasWildcard(rest))
        return undefined;
    if (/^(?:ref|pull_request)?[*?]/.test(rest))
        return 'any-event';
    const isWithinName = /[^/:*?][*?]/.test(rest);
    return isWithinName ? 'open-ended' : 'any-ref';
}
function otherRule(value, isPattern, isSharedIssuer) {
    const wildcard = isPattern ? value.search(/[*?]/) : -1;
    if (wildcard === 0 || (isSharedIssuer && wildcard > 0 && /^[\w-]+:$/.test(value.slice(0, wildcard))))
        return 'any-subject';
    const fixed = wildcard < 0 ? value : value.slice(0, wildcard);
    const namesId = /(?:^|:)project_id:\d+(?:$|:)/.test(fixed);
    const uuids = fixed.match(/[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/gi)?.length ?? 0;
    if (wildcard < 0)
        return namesId || uuids > 0 ? undefined : 'names-without-ids';
    if (namesId || uuids > 1)
        return /\/user\/[*?]/.test(value) ? 'any-user' : undefined;
    if (/:pipeline:[^:]+:ref:[^:]+:commit:$/.test(fixed))
        return 'names-without-ids';
    return /(?:^|:)(?:project_path|pipeline):[^:]+:/.test(fixed) ? 'any-ref' : 'whole-owner';
}

;// CONCATENATED MODULE: ../build/core/trust-policy/lint.js








function lintPolicy(text) {
    return remarksOn(text).map(remark => ({ ...remark, ...RULES[remark.rule] }));
}
function remarksOn(text) {
    let policy;
    try {
        policy = parseTrustPolicy(text);
    }
    catch (error) {
        if (!(error instanceof InvalidPolicy))
            throw error;
        return [{ rule: 'invalid-policy', message: error.message, path: [] }];
    }
    const raw = [JSON.parse(text.replace(/^\uFEFF/, '')).Statement].flat();
    return [
        ...policy.duplicateKeys.map(key => remark('duplicate-key', `the key ${key} appears twice in one object`, [])),
        ...sidRemarks(raw),
        ...policy.statements.flatMap((statement, index) => [
            ...structureRemarks(statement, raw[index] ?? {}, ['Statement', index]),
            ...conditionRemarks(statement, ['Statement', index]),
        ]),
        ...policy.statements.flatMap((statement, index) => trustRemarks(statement, ['Statement', index])),
    ];
}
function remark(rule, message, path) {
    return { rule, message, path };
}
function sidRemarks(statements) {
    const sids = statements.map(({ Sid }) => (typeof Sid === 'string' ? Sid : ''));
    return sids.flatMap((sid, index) => {
        const path = ['Statement', index, 'Sid'];
        if (sid !== '' && sids.indexOf(sid) < index)
            return [remark('duplicate-sid', `the Sid ${sid} is used twice`, path)];
        return /^[A-Za-z0-9]*$/.test(sid)
            ? []
            : [remark('invalid-sid', `the Sid ${sid} has characters other than letters and digits`, path)];
    });
}
const PRINCIPAL_TYPES = ['AWS', 'Federated', 'Service', 'CanonicalUser'];
const ACTIONS = [
    'sts:AssumeRole',
    'sts:AssumeRoleWithSAML',
    'sts:AssumeRoleWithWebIdentity',
    'sts:AssumeRoot',
    'sts:DecodeAuthorizationMessage',
    'sts:GetAccessKeyInfo',
    'sts:GetCallerIdentity',
    'sts:GetDelegatedAccessToken',
    'sts:GetFederationToken',
    'sts:GetServiceBearerToken',
    'sts:GetSessionToken',
    'sts:GetWebIdentityToken',
    'sts:SetContext',
    'sts:SetSourceIdentity',
    'sts:TagGetWebIdentityToken',
    'sts:TagSession',
].map(action => action.toLowerCase());
function structureRemarks(statement, raw, path) {
    const { Principal: principal } = raw;
    const types = typeof principal === 'object' && principal !== null ? Object.entries(principal) : [];
    return [
        ...(raw.NotPrincipal !== undefined
            ? [remark('not-principal', 'NotPrincipal is not allowed in a trust policy', [...path, 'NotPrincipal'])]
            : []),
        ...(principal === undefined && raw.NotPrincipal === undefined
            ? [remark('missing-principal', `${statement.name} has no Principal`, path)]
            : []),
        ...types
            .filter(([type]) => !PRINCIPAL_TYPES.includes(type))
            .map(([type]) => remark('unknown-principal-type', `${type} is not a principal type`, [...path, 'Principal', type])),
        ...types
            .filter(([type, ids]) => type === 'AWS' && [ids].flat().some(id => /:oidc-provider\//.test(String(id))))
            .map(([type]) => remark('provider-as-aws-principal', 'an OIDC provider is listed under AWS', [
            ...path,
            'Principal',
            type,
        ])),
        ...[...(statement.federatedPrincipals ?? [])]
            .filter(arn => /:oidc-provider\/https:/.test(arn))
            .map(arn => remark('provider-with-scheme', `the provider ${arn} has https:// in its ARN`, [
            ...path,
            'Principal',
            'Federated',
        ])),
        ...statement.actions
            .filter(action => !isAction(action))
            .map(action => remark('unknown-action', `${action} is not an action of AWS STS`, [
            ...path,
            statement.excludesActions ? 'NotAction' : 'Action',
        ])),
    ];
}
function isAction(action) {
    if (action === '*')
        return true;
    const pattern = action.toLowerCase();
    if (!pattern.startsWith('sts:'))
        return false;
    return ACTIONS.some(each => matchesPattern(each, pattern));
}
const OPERATOR = /^(For(AnyValue|AllValues):)?(String(Not)?(Equals(IgnoreCase)?|Like)|Numeric(Not)?Equals|Numeric(Less|Greater)Than(Equals)?|Date(Not)?Equals|Date(Less|Greater)Than(Equals)?|Bool|BinaryEquals|(Not)?IpAddress|Arn(Not)?(Equals|Like))(IfExists)?$|^(For(AnyValue|AllValues):)?Null$/;
function conditionRemarks({ conditions, effect }, path) {
    return conditions.flatMap(({ operator, key, values }) => {
        const at = [...path, 'Condition', operator];
        return [
            ...(OPERATOR.test(operator)
                ? []
                : [remark('unknown-operator', `${operator} is not a condition operator`, at)]),
            ...(effect === 'Allow' && operator.startsWith('ForAllValues:')
                ? [
                    remark('holds-without-claim', `${operator} on ${key} is also true when the claim is missing`, [
                        ...at,
                        key,
                    ]),
                ]
                : []),
            ...(/StringEquals(IgnoreCase)?(IfExists)?$/.test(operator) && values.some(hasWildcard)
                ? [
                    remark('wildcard-as-text', `${values.find(hasWildcard)} has a wildcard, which is a plain character under ${operator}`, [...at, key]),
                ]
                : []),
        ];
    });
}
function trustRemarks(statement, path) {
    if (statement.effect !== 'Allow')
        return [];
    const { isForEveryone, federatedPrincipals = [], name } = statement;
    const isOfOrganization = statement.conditions.some(({ key }) => /^aws:principal/i.test(key));
    if (isForEveryone && isOfOrganization)
        return [];
    if (isForEveryone)
        return [remark('everyone', `${name} trusts every principal (*)`, [...path, 'Principal'])];
    if (!namesWebIdentity(statement))
        return [];
    return [...new Set(federatedPrincipals.flatMap(principal => issuersOf(principal, statement)))].flatMap(issuer => tokenRemarks(statement, issuer, path));
}
function issuersOf(principal, { conditions }) {
    const [, provider = ''] = /:oidc-provider\/(.+)$/.exec(principal) ?? [];
    if ((provider === '' ? principal : provider).includes('${')) {
        const hosts = conditions.map(({ key }) => /^(?!aws:|sts:)(.+):(?:sub|aud)$/i.exec(key)?.[1]);
        return hosts.flatMap(host => (host === undefined ? [] : [`https://${host}`]));
    }
    if (provider !== '')
        return [`https://${withoutScheme(provider)}`];
    return principal.startsWith('arn:') ? [] : [`https://${principal}`];
}
function tokenRemarks(statement, issuer, path) {
    const prefix = keyPrefix(issuer).toLowerCase();
    const own = statement.conditions.filter(({ key }) => key.toLowerCase().startsWith(prefix));
    const known = keysOf(issuer).map(key => `${prefix}${key}`.toLowerCase());
    const at = ({ operator, key }) => [...path, 'Condition', operator, key];
    const { name } = statement;
    return [
        ...own
            .filter(({ key }) => !known.includes(key.toLowerCase()))
            .map(condition => remark('unknown-key', `IAM has no key ${condition.key}: it counts as missing`, at(condition))),
        ...(known.includes(`${prefix}aud`) &&
            !own.some(condition => requiresValueOf(`${prefix}aud`)(condition) && !condition.values.some(isAnything))
            ? [remark('no-audience', `${name} has no condition on ${prefix}aud`, path)]
            : []),
        ...(isGithubIssuer(issuer) && !own.some(({ key }) => key.toLowerCase() === `${prefix}sub`)
            ? [remark('github-without-sub', `${name} trusts GitHub and has no condition on ${prefix}sub`, path)]
            : []),
        ...(admitsEverySubject(own, issuer)
            ? [remark('any-subject', `${name} doesn't restrict ${prefix}sub`, path)]
            : []),
        ...(!isGithubIssuer(issuer) &&
            !isShared(issuer) &&
            known.includes(`${prefix}sub`) &&
            !own.some(requiresSubject(prefix))
            ? [remark('no-subject', `${name} has no condition on ${prefix}sub`, path)]
            : []),
        ...own
            .filter(({ operator }) => operator.endsWith('IfExists'))
            .map(condition => remark('optional-condition', `${condition.operator} on ${condition.key} is also true for a token without the claim`, at(condition))),
        ...subjectFindings(statement, issuer, path),
    ];
}
function isAnything(value) {
    return /^\*+$/.test(value);
}
function admitsEverySubject(own, issuer) {
    const prefix = keyPrefix(issuer).toLowerCase();
    const onSubject = own.filter(({ key }) => key.toLowerCase() === `${prefix}sub`);
    if (onSubject.some(requiresSubject(prefix)))
        return false;
    if (isGithubIssuer(issuer))
        return onSubject.length > 0;
    const others = keysOf(issuer).filter(key => key !== 'aud' && key !== 'sub');
    const isNarrowed = others.some(key => own.some(requiresValueOf(`${prefix}${key}`.toLowerCase())));
    return isShared(issuer) && !isNarrowed;
}

;// CONCATENATED MODULE: ../build/core/trust-policy/near-misses.js




function nearMisses(policy, request) {
    const subject = request.claims.sub;
    if (typeof subject !== 'string')
        return [];
    const values = policy.statements
        .filter(statement => statement.effect === 'Allow' && concerns(statement, request))
        .flatMap(({ conditions }) => conditions.filter(requiresValueOf(`${keyPrefix(request.issuer)}sub`.toLowerCase())))
        .flatMap(({ values }) => values);
    if (values.some(value => matchesPattern(subject, value)))
        return [];
    return values.flatMap(value => nearMiss(value, subject, isGithubIssuer(request.issuer)) ?? []);
}
const CLASSIC = /^repo:[^@:/]+\/[^@:]+(?::|$)/;
const IMMUTABLE = /^repo:[^@:/]+@[\d*?]+\/[^@:/]+@[\d*?]+(?::|$)/;
function nearMiss(value, subject, isGithub) {
    if (matchesPattern(subject.toLowerCase(), value.toLowerCase()))
        return `the subject ${value} differs from the token's subject only in case: ${subject}`;
    if (!isGithub)
        return undefined;
    if (CLASSIC.test(value) && IMMUTABLE.test(subject))
        return `the subject ${value} has no IDs, but the token's subject does: ${subject}`;
    if (IMMUTABLE.test(value) && CLASSIC.test(subject))
        return `the subject ${value} has IDs, but the token's subject doesn't: ${subject}`;
    return undefined;
}

;// CONCATENATED MODULE: ../build/core/trust-policy/forecast.js






function forecast(path, text, role, { issuer, all }, sent = {}) {
    const policy = parseTrustPolicy(text);
    const request = { issuer, principal: federatedPrincipal(role, issuer), claims: all, sent };
    return {
        path,
        prediction: evaluateTrustPolicy(policy, request),
        remarks: [...nearMisses(policy, request), ...weaknesses(text, policy, request)],
    };
}
function weaknesses(text, { statements }, request) {
    const host = withoutScheme(request.issuer);
    const isAbout = (index) => {
        const statement = typeof index === 'number' ? statements[index] : undefined;
        if (!statement || concerns(statement, request))
            return true;
        return statement.federatedPrincipals?.some(arn => arn.endsWith(`oidc-provider/https://${host}`)) ?? false;
    };
    return lintPolicy(text)
        .filter(({ severity, path: [, index] }) => severity !== 'info' && isAbout(index))
        .map(({ message, fix }) => `${message}. ${fix}`);
}

;// CONCATENATED MODULE: ../build/flow/prediction.js





function predict(inputs, claims) {
    const { trustPolicyPath: path, targets, isForSeveralRoles } = inputs;
    const [role] = targets[0].roles;
    if (path === undefined || isForSeveralRoles || role?.kind !== 'role')
        return undefined;
    try {
        const result = forecast(path, readWorkspaceFile(path), role, claims, sentBy(inputs));
        info(`Trust policy ${(0,base_text/* escapeControls */.UN)(path)}: predicts ${PREDICTIONS[result.prediction.decision]}`);
        for (const remark of result.remarks)
            warning(`trust-policy: ${(0,base_text/* escapeControls */.UN)(remark)}`);
        return result;
    }
    catch (error) {
        const reason = reasonOf(error);
        warning(`trust-policy: ${(0,base_text/* quote */.hD)(path)} can't be used: ${(0,base_text/* escapeControls */.UN)(reason)}`);
        return undefined;
    }
}
function sentBy(inputs) {
    const { region, stsEndpoint, fallbackRegions, sessionName, targets, durationSeconds } = inputs;
    return {
        region: stsEndpoint || fallbackRegions.length > 0 ? undefined : region,
        isTls: stsEndpoint?.protocol !== 'http:',
        at: new Date(),
        sessionName,
        durationSeconds: targets[0].roles.length > 1 ? undefined : durationSeconds,
    };
}
const PREDICTIONS = {
    allowed: 'that AWS allows',
    refused: 'that AWS refuses',
    unknown: "nothing: the policy uses features that this action doesn't evaluate",
};

;// CONCATENATED MODULE: ../build/flow/report.js











const REPORTABLE = ['ERR_IDENTITY_MISMATCH', 'ERR_CLAIM_MISMATCH'];
function reportFailure(failure, record) {
    const reported = record.inputs?.onMismatch === 'report' && REPORTABLE.includes(failure.code);
    return report(failure, record, reported);
}
function reportCrash(failure, record) {
    report(failure, record, false);
}
let isReported = false;
function report(failure, record, reported) {
    if (isReported)
        return false;
    isReported = true;
    const { inputs } = record;
    const target = inputs?.isForSeveralRoles ? undefined : inputs?.targets[0];
    const explained = reported ? asReported(failure) : diagnose(failure, record, target);
    const logged = withHelp(namingCaller(explained, record), record);
    if (reported)
        reportedMismatch(logged);
    else
        error(logged);
    if (wantsSummary(readInputs()))
        writeSummary(redact => renderFailure(record, explained, reported, redact));
    try {
        exportFailure(failure, record, reported);
        return reported;
    }
    catch (cause) {
        error(toGateError(cause));
        return false;
    }
}
function namingCaller(failure, record) {
    const caller = comparisonOf(record, failure)?.caller;
    const { message } = failure;
    if (!caller || message.includes((0,base_text/* escapeControls */.UN)(caller.arn)))
        return failure;
    return failure.reworded({ message: `${message}\n- caller: ${(0,base_text/* escapeControls */.UN)(caller.arn)}` });
}
function withHelp(failure, { run }) {
    const help = (run && helpUrl(failure, run)) ?? helpPath(failure);
    return failure.reworded({ hint: `${failure.hint}\nHelp: ${help}` });
}
function asReported(failure) {
    const consequence = 'on-mismatch is report, so the step passes. The output verified is empty, and the AWS key variables of earlier steps have been blanked.';
    return failure.reworded({ hint: `${consequence}\n${failure.hint}` });
}

;// CONCATENATED MODULE: ../build/flow/reuse-existing.js





const REPLACED = [
    'ERR_CREDENTIALS_UNAVAILABLE',
    'ERR_OIDC_NOT_PERMITTED',
    'ERR_STS_REJECTED',
    'ERR_IDENTITY_MISMATCH',
];
function isReplaced({ code, cause }) {
    return REPLACED.includes(code) && !(cause instanceof DisputedCredentials);
}
async function reuseExisting(step) {
    const { reusesExisting, requiredClaims, inlinePolicy, managedPolicies, sourceIdentity, targets } = step.inputs;
    if (!reusesExisting)
        return undefined;
    const isRestricted = inlinePolicy !== undefined || managedPolicies.length > 0;
    const needsToken = requiredClaims.length > 0 || targets.some(({ profile }) => profile?.refreshes);
    if (isRestricted || needsToken || sourceIdentity !== undefined) {
        info('Existing credentials: not kept, because nothing shows their claims, session policies or source identity');
        return undefined;
    }
    try {
        const session = await findExisting(step, { isVerifyOnly: true });
        const match = await verifySession(targets[0], session, step);
        info('Credential source: existing credentials (use-existing-credentials is true)');
        return match;
    }
    catch (error) {
        if (!(error instanceof GateError) || !isReplaced(error))
            throw error;
        info(`Existing credentials: not kept: ${error.code}: ${error.message}`);
        return undefined;
    }
}

;// CONCATENATED MODULE: ../build/core/identity/target.js
const MAX_AT_ONCE = 10;

;// CONCATENATED MODULE: ../build/flow/several-roles.js



async function verifyAll(targets, verify) {
    const outcomes = [];
    let next = 0;
    const worker = async () => {
        for (let index = next++; index < targets.length; index = next++) {
            outcomes[index] = await outcomeOf(targets[index], verify);
        }
    };
    await Promise.all(Array.from({ length: MAX_AT_ONCE }, worker));
    return outcomes;
}
async function outcomeOf(target, verify) {
    try {
        return await verify(target);
    }
    catch (failure) {
        if (!(failure instanceof GateError) || !isOfOneRole(failure))
            throw failure;
        return { kind: 'failed', target, failure };
    }
}
function assertAllVerified(record) {
    const failure = combinedFailure(record);
    if (failure)
        throw failure;
    const [first, ...others] = (record.outcomes ?? []).filter(outcome => outcome.kind === 'match');
    if (!first || others.length + 1 !== record.inputs?.targets.length)
        throw new Error('not every target was verified');
    return [first, ...others];
}

// EXTERNAL MODULE: ../build/network/preconnected-agent.js
var preconnected_agent = __webpack_require__(8170);
;// CONCATENATED MODULE: ../build/network/agents.js



class Agents {
    #tls;
    #kept;
    #direct;
    constructor(tls, connections = 1) {
        this.#tls = tls;
        this.#kept = { keepAlive: true, maxSockets: connections };
    }
    by(proxy) {
        if (!proxy)
            return this.#directly();
        const tunnel = new proxy_tunnel/* ProxyTunnel */.F8(proxy, this.#tls);
        return {
            httpAgent: new proxy_tunnel/* HttpTunnelAgent */.KW(tunnel, this.#kept),
            httpsAgent: new proxy_tunnel/* HttpsTunnelAgent */.j5(tunnel, { ...this.#kept, ...this.#tls.options }),
        };
    }
    async openAhead(url) {
        if (url.protocol === 'https:')
            await this.#directly().httpsAgent.openAhead(url);
    }
    #directly() {
        this.#direct ??= {
            httpAgent: new external_node_http_.Agent(this.#kept),
            httpsAgent: new preconnected_agent/* PreconnectedAgent */.s({ ...this.#kept, ...this.#tls.options }),
        };
        return this.#direct;
    }
}

;// CONCATENATED MODULE: ../build/sts/endpoints.js



function stsEndpoints(settings, proxies, awsEndpoint) {
    const { region, stsEndpoint, fallbackRegions } = settings;
    const endpoint = (name) => {
        const url = stsEndpoint ?? endpointOf(name, settings, awsEndpoint);
        return { region: name, url, proxy: proxyFor(url, proxies) };
    };
    return [endpoint(region), ...fallbackRegions.map(endpoint)];
}
function likelyUrl({ region, stsEndpoint, usesFips, usesDualstack }) {
    if (stsEndpoint)
        return stsEndpoint;
    if (usesFips || usesDualstack)
        return undefined;
    return new URL(`https://sts.${region}.${(0,dist_es/* partition */.jB)(region).dnsSuffix}`);
}
function endpointOf(region, { usesFips, usesDualstack }, awsEndpoint) {
    try {
        return awsEndpoint(region, usesFips, usesDualstack);
    }
    catch (cause) {
        const reason = reasonOf(cause);
        throw new GateError('ERR_INPUT_INVALID', `${region} has no endpoint of the kind that use-fips-endpoint and use-dualstack-endpoint ask for: ${reason}`, 'Take the one that the region does not have out, or correct aws-region and sts-fallback-regions.', { cause });
    }
}

;// CONCATENATED MODULE: ../build/sts/regions.js







const MAX_HEAD_START_MS = 100;
class Regions {
    #settings;
    #proxies;
    #agents;
    #deadline;
    #urlAhead;
    #clients;
    #remaining;
    constructor(settings, connections, deadline) {
        const { httpProxy, noProxy, caBundle, region, fallbackRegions } = settings;
        this.#settings = settings;
        this.#remaining = [region, ...fallbackRegions];
        this.#proxies = { httpProxy, noProxy, environment: process.env };
        this.#agents = new Agents(new StrictTls(readRoots(caBundle)), connections);
        this.#deadline = deadline;
        const url = likelyUrl(settings);
        this.#urlAhead = url && !proxyFor(url, this.#proxies) ? url : undefined;
    }
    get current() {
        return this.#remaining[0];
    }
    async prepare() {
        await (0,promises_.setImmediate)();
        await this.client().catch(() => { });
    }
    async client() {
        this.#clients ??= this.#load();
        const clients = await this.#clients;
        const client = clients.find(({ region }) => region === this.current);
        if (!client)
            throw new Error(`no client was made for ${this.current}`);
        return client;
    }
    moveOn(failed) {
        if (failed.region !== this.current)
            return true;
        const [, next, ...later] = this.#remaining;
        if (next === undefined)
            return false;
        warning(`The STS of ${failed.region} could not be asked, so that of ${next} is`);
        this.#remaining = [next, ...later];
        return true;
    }
    async #load() {
        if (this.#urlAhead) {
            const enough = (0,promises_.setTimeout)(MAX_HEAD_START_MS, undefined, { ref: false });
            await Promise.race([this.#agents.openAhead(this.#urlAhead), enough]);
        }
        const { awsEndpoint, StsClient } = await Promise.all(/* import() */[__webpack_require__.e(880), __webpack_require__.e(958), __webpack_require__.e(564)]).then(__webpack_require__.bind(__webpack_require__, 564));
        const clock = { aheadMs: 0 };
        return stsEndpoints(this.#settings, this.#proxies, awsEndpoint).map(endpoint => new StsClient(endpoint, this.#agents.by(endpoint.proxy), this.#deadline, clock));
    }
}

;// CONCATENATED MODULE: ../build/sts/sts.js











class Sts {
    #regions;
    #ignored;
    #limits;
    #attemptsPerRegion;
    #onResponse;
    constructor(settings, limits, onResponse) {
        this.#onResponse = onResponse;
        const connections = Math.min(settings.targets.length, MAX_AT_ONCE);
        this.#regions = new Regions(settings, connections, limits.deadline.signal);
        this.#ignored = ignoredVariables(process.env, settings.stsEndpoint);
        this.#limits = limits;
        this.#attemptsPerRegion = Math.max(1, Math.floor(limits.maxAttempts / (1 + settings.fallbackRegions.length)));
    }
    async handler() {
        return (await this.#regions.client()).handler;
    }
    prepare() {
        return this.#regions.prepare();
    }
    async assumeRoleWithWebIdentity(request, tokens) {
        const token = tokens.current();
        void this.prepare();
        await token;
        return this.#assume(request, () => this.#assumeByToken(request, tokens));
    }
    assumeRole(request, by) {
        return this.#assume(request, () => this.#assumeBySession(request, by));
    }
    getCallerIdentity(session) {
        return this.#ask({
            operation: 'GetCallerIdentity',
            attempt: client => client.getCallerIdentity(session),
            role: session.origin.kind === 'assumed' ? session.origin.role : undefined,
        });
    }
    async #assume({ role, sessionName, plainKeyAttempts }, ask) {
        const { endpoint } = await this.#regions.client();
        info(`Assuming ${(0,identity_arn/* formatArn */.bH)(role)} as ${sessionName} at ${endpoint}`);
        for (let attempt = 1;; attempt++) {
            const session = await ask();
            maskSession(session);
            if (plainKeyAttempts === undefined || hasPlainKeys(session))
                return session;
            if (attempt >= plainKeyAttempts)
                throw noPlainKey(attempt);
            info(`The keys have special characters: session ${attempt + 1} of at most ${plainKeyAttempts} is asked for`);
        }
    }
    async #assumeByToken(request, tokens) {
        let idToken = await tokens.current();
        return this.#ask({
            operation: 'AssumeRoleWithWebIdentity',
            beforeRetry: async () => {
                idToken = await tokens.current();
            },
            attempt: client => client.assumeRoleWithWebIdentity(request, idToken),
            role: request.role,
            request,
            claims: () => idToken.claims,
            renewToken: () => tokens.discard(idToken),
        });
    }
    async #assumeBySession(request, by) {
        try {
            return await this.#assumeOnce(request, by);
        }
        catch (error) {
            const tags = essentialTags(request.tags);
            if (!isTooLong(error) || tags.length === request.tags.length)
                throw error;
            info('Session tags and policies together are too long: retrying once without the less important tags');
            return this.#assumeOnce(withTags(request, tags), by);
        }
    }
    #assumeOnce(request, by) {
        return this.#ask({
            operation: 'AssumeRole',
            attempt: client => client.assumeRole(request, by),
            role: request.role,
            request,
        });
    }
    async #ask(call) {
        const { operation, beforeRetry, role, request, claims, renewToken } = call;
        const whose = role ? ` for ${(0,identity_arn/* formatArn */.bH)(role)}` : '';
        const ignoredVariables = this.#ignored;
        let client = await this.#regions.client();
        const endpoints = [client.endpoint];
        return withRetry({
            what: () => `${operation}${whose} at ${client.endpoint}`,
            beforeRetry,
            attempt: () => this.#report(operation, client, call.attempt(client)),
            explain: (failure, attempts) => stsFailure(failure, attempts, {
                endpoints,
                request,
                claims: claims?.(),
                ignoredVariables,
            }),
            fallBack: async (failure, attemptsHere) => {
                if (!isUnreachable(failure) ||
                    attemptsHere < this.#attemptsPerRegion ||
                    !this.#regions.moveOn(client))
                    return false;
                client = await this.#regions.client();
                endpoints.push(client.endpoint);
                return true;
            },
            renewToken,
            onTimeout: error => withIgnored(error, ignoredVariables),
        }, this.#limits);
    }
    async #report(operation, { region, host }, response) {
        const report = ({ requestId }) => {
            if (requestId !== undefined)
                this.#onResponse({ operation, requestId, region, host });
        };
        try {
            const result = await response;
            report(result);
            return result;
        }
        catch (error) {
            if (error instanceof remote_failure/* RemoteFailure */.p)
                report(error);
            throw error;
        }
    }
}
function isUnreachable({ kind, status = 0 }) {
    return kind === 'no-response' || status >= 500;
}
function isTooLong(error) {
    if (!(error instanceof GateError) || !(error.cause instanceof remote_failure/* RemoteFailure */.p))
        return false;
    return /^PackedPolicyTooLarge/.test(error.cause.code);
}
function hasPlainKeys({ credentials }) {
    return [credentials.accessKeyId, credentials.secretAccessKey].every(key => /^[A-Za-z0-9]+$/.test(key));
}

;// CONCATENATED MODULE: ../build/flow/step.js

function openStep(inputs, run, { onNewToken, onStsCall }, deadline) {
    const { maxAttempts, accessDeniedSeconds } = inputs;
    const limits = { maxAttempts, accessDeniedSeconds, deadline };
    return { inputs, run, onNewToken, limits, sts: new Sts(inputs, limits, onStsCall) };
}

;// CONCATENATED MODULE: ../build/flow/gate.js
























let record = {};
let gate_isOver = false;
async function run() {
    try {
        await verifyThenExport();
        end(true);
    }
    catch (error) {
        end(reportFailure(toGateError(error), record));
    }
}
async function verifyThenExport() {
    maskInheritedSecrets();
    const runContext = readRunContext();
    learn({ run: runContext });
    assertNode();
    const inputs = readStepInputs();
    learn({ inputs });
    const deadline = new Deadline(inputs.timeoutSeconds);
    endOnCancellation(deadline);
    const step = openStep(inputs, runContext, {
        onNewToken: claims => checkToken(claims, inputs),
        onStsCall: call => learn({ calls: [...(record.calls ?? []), call] }),
    }, deadline);
    const reused = await reuseExisting(step);
    if (reused)
        learn({ outcomes: [reused] });
    else {
        info(`Credential source: ${inputs.source.reason}`);
        const source = openSource(step);
        const verify = (target) => assumeAndVerify(target, source, step);
        const { targets, isForSeveralRoles } = inputs;
        learn({
            outcomes: isForSeveralRoles
                ? await logGroup(`Assuming ${targets.length} roles`, () => verifyAll(targets, verify))
                : [await verify(targets[0])],
        });
    }
    const matches = assertAllVerified(record);
    if (inputs.writesSummary)
        writeSummary(redact => renderVerified({ ...record, inputs }, matches, redact));
    await exportMatches(matches, { ...record, inputs }, deadline);
    await logVerified(matches);
}
function readStepInputs() {
    const raw = readInputs();
    if (wantsCurrentUnset(raw))
        unsetCurrentCredentials();
    if (wantsAccountIdsMasked(raw))
        maskAccountIds();
    const inputs = parseInputs(raw, readSurroundings());
    if (inputs.masksAccountIds)
        maskAccountIds(accountIdsOf(inputs));
    for (const text of inputs.notices)
        notice(text);
    for (const text of [...inputs.warnings, ...ignoredWarnings(inputs)])
        warning(text);
    return inputs;
}
function checkToken(claims, inputs) {
    learn({ claims });
    assertClaims(inputs.requiredClaims, claims);
    info(`Token: sub ${(0,base_text/* escapeControls */.UN)(claims.subject)}, aud ${(0,base_text/* escapeControls */.UN)(claims.audiences.join(', '))}`);
    learn({ forecast: predict(inputs, claims) });
}
function learn(part) {
    record = { ...record, ...part };
}
function crash(cause) {
    if (gate_isOver)
        return;
    reportCrash(toGateError(cause), record);
    closeCommandFiles();
    end(false);
}
function end(passes) {
    if (gate_isOver)
        return;
    gate_isOver = true;
    endProcess(passes);
}
async function logVerified(matches) {
    const log = () => {
        for (const match of matches)
            info(`Verified: ${(0,base_text/* escapeControls */.UN)(match.caller.arn)}${detailsOf(match)}`);
    };
    if (matches.length === 1)
        log();
    else
        await logGroup(`Verified: ${matches.length} roles`, async () => log());
}
function detailsOf({ session, requestId, target: { profile } }) {
    const { expiration } = session.credentials;
    return [
        expiration ? `, expires ${instant_formatInstant(expiration)}` : '',
        profile ? `, profile ${(0,base_text/* quote */.hD)(profile.name)}${profile.refreshes ? ' (renews itself)' : ''}` : '',
        requestId ? `, request ID ${requestId}` : '',
    ].join('');
}
function ignoredWarnings({ stsEndpoint }) {
    const names = ignoredVariables(process.env, stsEndpoint);
    if (names.length === 0)
        return [];
    return [
        `${names.join(', ')}: ignored, because an earlier step can set ${names.length === 1 ? 'it' : 'them'}. Environment variables can't redirect this step's calls to STS or change how it verifies TLS`,
    ];
}


/***/ }),

/***/ 2169:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Q: () => (/* binding */ HttpClient),
/* harmony export */   m: () => (/* binding */ sentBy)
/* harmony export */ });
let sender;
async function sentBy(send, request) {
    let sent;
    sender = (url, headers) => {
        sent = send(url, headers);
        return sent;
    };
    await request().catch((error) => {
        if (!sent)
            throw error;
    });
    if (!sent)
        throw new Error("GitHub's library sent no request");
    return sent;
}
class HttpClient {
    #userAgent;
    #handlers;
    constructor(userAgent, handlers) {
        this.#userAgent = userAgent;
        this.#handlers = handlers;
    }
    async getJson(url) {
        if (!sender)
            throw new Error("a request of GitHub's library that nobody sends");
        const headers = { accept: 'application/json', 'user-agent': userAgentOf(this.#userAgent) };
        for (const handler of this.#handlers)
            handler.prepareRequest({ headers });
        return { result: await sender(new URL(url), headers) };
    }
}
function userAgentOf(name) {
    const id = process.env.ACTIONS_ORCHESTRATION_ID;
    return id ? `${name} actions_orchestration_id/${id.replaceAll(/[^a-z0-9_.-]/gi, '_')}` : name;
}


/***/ }),

/***/ 2030:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   J: () => (/* binding */ BodyTooLong),
/* harmony export */   x: () => (/* binding */ readBody)
/* harmony export */ });
const MAX_BYTES = 1024 * 1024;
class BodyTooLong extends Error {
    name = 'BodyTooLong';
}
async function readBody(body) {
    const chunks = [];
    let bytes = 0;
    for await (const chunk of body) {
        bytes += chunk.length;
        if (bytes > MAX_BYTES)
            throw new BodyTooLong(`a body of more than ${MAX_BYTES} bytes`);
        chunks.push(chunk);
    }
    return Buffer.concat(chunks);
}


/***/ }),

/***/ 851:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   F8: () => (/* binding */ ProxyTunnel),
/* harmony export */   KW: () => (/* binding */ HttpTunnelAgent),
/* harmony export */   T6: () => (/* binding */ ProxyError),
/* harmony export */   j5: () => (/* binding */ HttpsTunnelAgent)
/* harmony export */ });
/* harmony import */ var node_http__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7067);
/* harmony import */ var node_http__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__webpack_require__.n(node_http__WEBPACK_IMPORTED_MODULE_0__);
/* harmony import */ var node_https__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(4708);
/* harmony import */ var node_https__WEBPACK_IMPORTED_MODULE_1___default = /*#__PURE__*/__webpack_require__.n(node_https__WEBPACK_IMPORTED_MODULE_1__);
/* harmony import */ var node_net__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(7030);
/* harmony import */ var node_net__WEBPACK_IMPORTED_MODULE_2___default = /*#__PURE__*/__webpack_require__.n(node_net__WEBPACK_IMPORTED_MODULE_2__);



const CONNECT_MS = 5_000;
class ProxyError extends Error {
    name = 'ProxyError';
    status;
    code;
    constructor(message, { status, code }, options) {
        super(message, options);
        this.status = status;
        this.code = code;
    }
}
class ProxyTunnel {
    #proxy;
    #tls;
    constructor(proxy, tls) {
        this.#proxy = proxy;
        this.#tls = tls;
    }
    open({ host, port }) {
        const target = `${(0,node_net__WEBPACK_IMPORTED_MODULE_2__.isIPv6)(host ?? '') ? `[${host}]` : host}:${port}`;
        return new Promise((resolve, reject) => {
            const request = this.#request(target);
            const timer = setTimeout(() => request.destroy(noAnswer()), CONNECT_MS);
            request.on('connect', ({ statusCode = 0 }, socket) => {
                socket.on('error', () => { });
                if (statusCode >= 200 && statusCode < 300)
                    return resolve(socket);
                socket.destroy();
                reject(new ProxyError(`the proxy answered ${statusCode}`, { status: statusCode }));
            });
            request.on('error', cause => reject(withoutTunnel(cause)));
            request.on('close', () => clearTimeout(timer));
            request.end();
        });
    }
    #request(target) {
        const { protocol, hostname, port } = this.#proxy;
        const host = hostname.replace(/^\[(.*)\]$/, '$1');
        const options = {
            method: 'CONNECT',
            host,
            port,
            path: target,
            agent: false,
            setHost: false,
            headers: { connection: 'keep-alive', host: target, ...this.#authorization() },
        };
        if (protocol === 'http:')
            return (0,node_http__WEBPACK_IMPORTED_MODULE_0__.request)(options);
        const servername = (0,node_net__WEBPACK_IMPORTED_MODULE_2__.isIP)(host) === 0 ? host : '';
        return (0,node_https__WEBPACK_IMPORTED_MODULE_1__.request)({ ...options, ...this.#tls.options, servername });
    }
    #authorization() {
        const { username, password } = this.#proxy;
        if (username === '' && password === '')
            return {};
        const userinfo = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
        return { 'proxy-authorization': `Basic ${Buffer.from(userinfo).toString('base64')}` };
    }
}
function noAnswer() {
    return Object.assign(new Error(`no answer in ${CONNECT_MS / 1000} s`), { code: 'ETIMEDOUT' });
}
function withoutTunnel(cause) {
    const message = `connection to the proxy: ${cause.message}`;
    return new ProxyError(message, cause.code === undefined ? {} : { code: cause.code }, { cause });
}
class HttpTunnelAgent extends node_http__WEBPACK_IMPORTED_MODULE_0__.Agent {
    #tunnel;
    constructor(tunnel, options = {}) {
        super(options);
        this.#tunnel = tunnel;
    }
    createConnection(options, onCreated) {
        pass(this.#tunnel.open(options), onCreated);
    }
}
class HttpsTunnelAgent extends node_https__WEBPACK_IMPORTED_MODULE_1__.Agent {
    #tunnel;
    constructor(tunnel, options = {}) {
        super(options);
        this.#tunnel = tunnel;
    }
    createConnection(options, onCreated) {
        const opened = this.#tunnel.open(options);
        const startTls = (socket) => super.createConnection({ ...options, socket });
        pass(opened.then(startTls), onCreated);
    }
}
function pass(opening, onCreated = () => { }) {
    opening.then(socket => socket && onCreated(null, socket), (error) => onCreated(error));
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
  const chain = await Promise.all(/* import() */[__webpack_require__.e(880), __webpack_require__.e(831), __webpack_require__.e(681)]).then(__webpack_require__.bind(__webpack_require__, 6681))
  return chain.defaultProvider(options)
}


/***/ })

};
;