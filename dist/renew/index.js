/******/ (() => { // webpackBootstrap
/******/ 	"use strict";
/******/ 	var __webpack_modules__ = ({

/***/ 8417:
/***/ ((__unused_webpack_module, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   A3: () => (/* binding */ reasonOf),
/* harmony export */   Vl: () => (/* binding */ toGateError),
/* harmony export */   ue: () => (/* binding */ GateError)
/* harmony export */ });
/* unused harmony export RunnerError */
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
class RunnerError extends (/* unused pure expression or super */ null && (Error)) {
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


/***/ }),

/***/ 798:
/***/ ((__unused_webpack_module, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   r: () => (/* binding */ formatInstant)
/* harmony export */ });
function formatInstant(instant) {
    return `${instant.toISOString().slice(0, 19)}Z`;
}


/***/ }),

/***/ 320:
/***/ ((__unused_webpack_module, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   SV: () => (/* binding */ truncateLines),
/* harmony export */   UN: () => (/* binding */ escapeControls),
/* harmony export */   _P: () => (/* binding */ escapeLogLine),
/* harmony export */   hD: () => (/* binding */ quote)
/* harmony export */ });
/* unused harmony exports escapeMarkdown, escapeMermaid */
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
/***/ ((__unused_webpack_module, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
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

/***/ 6818:
/***/ ((__unused_webpack_module, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   Wd: () => (/* binding */ formatWithComparable),
/* harmony export */   XM: () => (/* binding */ ANYONE),
/* harmony export */   _M: () => (/* binding */ ROLE_ASSUMED),
/* harmony export */   aW: () => (/* binding */ comparableArn),
/* harmony export */   gw: () => (/* binding */ parseExpectedIdentity),
/* harmony export */   qK: () => (/* binding */ expectRole)
/* harmony export */ });
/* harmony import */ var _arn_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(4479);

const ROLE_ASSUMED = {
    identities: 'role-assumed',
    roleIds: 'any',
    allowedAccountIds: 'any',
    forbiddenAccountIds: [],
};
const ANYONE = { ...ROLE_ASSUMED, identities: 'any' };
function expectRole(arn, written = (0,_arn_js__WEBPACK_IMPORTED_MODULE_0__/* .formatArn */ .bH)(arn)) {
    const { partition, accountId, roleName } = arn;
    return { kind: 'role', partition, accountId, roleName, written };
}
function parseExpectedIdentity(text, home) {
    const role = (0,_arn_js__WEBPACK_IMPORTED_MODULE_0__/* .parseRoleArn */ .DM)(text);
    if (role)
        return expectRole(role, text);
    const session = (0,_arn_js__WEBPACK_IMPORTED_MODULE_0__/* .parseAssumedRoleArn */ .B8)(text);
    if (session)
        return { ...expectRole(session, text), sessionName: session.sessionName };
    const anySession = (0,_arn_js__WEBPACK_IMPORTED_MODULE_0__/* .parseAssumedRoleArn */ .B8)(`${text}/any`);
    if (anySession)
        return expectRole(anySession, text);
    const user = (0,_arn_js__WEBPACK_IMPORTED_MODULE_0__/* .parseUserArn */ .Ue)(text);
    if (user)
        return user;
    if (home && (0,_arn_js__WEBPACK_IMPORTED_MODULE_0__/* .isRoleName */ .yn)(text))
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
        return (0,_arn_js__WEBPACK_IMPORTED_MODULE_0__/* .formatArn */ .bH)(expected);
    const { partition, accountId, roleName, sessionName } = expected;
    const role = `arn:${partition}:sts::${accountId}:assumed-role/${roleName}`;
    return sessionName ? `${role}/${sessionName}` : role;
}


/***/ }),

/***/ 640:
/***/ ((__unused_webpack_module, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   m: () => (/* binding */ isKey)
/* harmony export */ });
function isKey(text) {
    return text !== undefined && /^[\x21-\x7e]+$/.test(text);
}


/***/ }),

/***/ 8765:
/***/ ((__unused_webpack_module, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   Ec: () => (/* binding */ verifyIdentity),
/* harmony export */   Xt: () => (/* binding */ verifyIntermediate),
/* harmony export */   _4: () => (/* binding */ assertMatch),
/* harmony export */   sV: () => (/* binding */ assertGenuine)
/* harmony export */ });
/* unused harmony exports GUARDS, Mismatch, Match, roleIdOf, accountIdsIn */
/* harmony import */ var _base_failure_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(8417);
/* harmony import */ var _base_text_js__WEBPACK_IMPORTED_MODULE_3__ = __nccwpck_require__(320);
/* harmony import */ var _token_issuer_js__WEBPACK_IMPORTED_MODULE_4__ = __nccwpck_require__(3108);
/* harmony import */ var _arn_js__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(4479);
/* harmony import */ var _expectation_js__WEBPACK_IMPORTED_MODULE_2__ = __nccwpck_require__(6818);





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
    const expected = session.origin.kind === 'assumed' ? _expectation_js__WEBPACK_IMPORTED_MODULE_2__/* .ROLE_ASSUMED */ ._M : _expectation_js__WEBPACK_IMPORTED_MODULE_2__/* .ANYONE */ .XM;
    const { identity, differences } = compare(expected, session, caller);
    if (identity && differences.length === 0)
        return identity;
    throw mismatchFailure(new Mismatch(expected, session, caller, differences), 'intermediate role of a chain');
}
function compare(expected, session, caller) {
    const identity = (0,_arn_js__WEBPACK_IMPORTED_MODULE_1__/* .parseCallerArn */ .go)(caller.arn);
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
    return new _base_failure_js__WEBPACK_IMPORTED_MODULE_0__/* .GateError */ .ue('ERR_IDENTITY_MISMATCH', `the credentials belong to ${(0,_base_text_js__WEBPACK_IMPORTED_MODULE_3__/* .escapeControls */ .UN)(mismatch.caller.arn)}\n${lines.join('\n')}`, `No credentials were exported. ${adviceOn(mismatch)}`, {
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
    return `- ${about}: expected ${(0,_base_text_js__WEBPACK_IMPORTED_MODULE_3__/* .escapeControls */ .UN)(expected)}, got ${(0,_base_text_js__WEBPACK_IMPORTED_MODULE_3__/* .escapeControls */ .UN)(actual)}${note ? ` (${note})` : ''}`;
}
function notAnIdentity(caller) {
    return { about: 'caller', expected: 'a role session or an IAM user', actual: caller.arn };
}
function identitiesFor({ origin }, { identities }) {
    if (identities !== 'role-assumed')
        return identities;
    return origin.kind === 'assumed' ? [(0,_expectation_js__WEBPACK_IMPORTED_MODULE_2__/* .expectRole */ .qK)(origin.role)] : [];
}
function identityDifferences(expected, identity, caller) {
    if (expected === 'any' || expected.some(candidate => isSameIdentity(candidate, identity)))
        return [];
    const difference = {
        about: 'identity',
        expected: expected.map(_expectation_js__WEBPACK_IMPORTED_MODULE_2__/* .formatWithComparable */ .Wd).join(' or ') || 'an assumed role, but no role was assumed',
        actual: caller.arn,
    };
    const note = noteOnNearMiss(expected, identity);
    return [note ? { ...difference, note } : difference];
}
function isSameIdentity(expected, actual) {
    return (0,_expectation_js__WEBPACK_IMPORTED_MODULE_2__/* .comparableArn */ .aW)(expected) === comparableLike(expected, actual);
}
function comparableLike(expected, actual) {
    return actual.kind === 'user' || 'sessionName' in expected
        ? (0,_arn_js__WEBPACK_IMPORTED_MODULE_1__/* .formatArn */ .bH)(actual)
        : (0,_expectation_js__WEBPACK_IMPORTED_MODULE_2__/* .comparableArn */ .aW)((0,_expectation_js__WEBPACK_IMPORTED_MODULE_2__/* .expectRole */ .qK)(actual));
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
    return (0,_expectation_js__WEBPACK_IMPORTED_MODULE_2__/* .comparableArn */ .aW)(expected).toLowerCase() === comparableLike(expected, actual).toLowerCase();
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
    return (0,_token_issuer_js__WEBPACK_IMPORTED_MODULE_4__/* .withoutScheme */ .y)(issuer).replace(/\/$/, '');
}


/***/ }),

/***/ 9242:
/***/ ((__unused_webpack_module, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   HX: () => (/* binding */ KeptCredentials),
/* harmony export */   Je: () => (/* binding */ usable),
/* harmony export */   _M: () => (/* binding */ parseOutcome),
/* harmony export */   _n: () => (/* binding */ isAlive),
/* harmony export */   ke: () => (/* binding */ formatOutcome),
/* harmony export */   pf: () => (/* binding */ formatProcessCredentials)
/* harmony export */ });
/* unused harmony export isDue */
/* harmony import */ var _base_failure_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(8417);
/* harmony import */ var _base_instant_js__WEBPACK_IMPORTED_MODULE_3__ = __nccwpck_require__(798);
/* harmony import */ var _identity_session_js__WEBPACK_IMPORTED_MODULE_2__ = __nccwpck_require__(640);
/* harmony import */ var _identity_verdict_js__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(8765);




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
        (0,_identity_verdict_js__WEBPACK_IMPORTED_MODULE_1__/* .assertGenuine */ .sV)(match);
        return new KeptCredentials(match.session.credentials, now);
    }
    static fromJson({ credentials, verifiedAt, triedAt }) {
        const { accessKeyId, secretAccessKey, sessionToken, expiration } = credentials;
        if (![accessKeyId, secretAccessKey, sessionToken].every(_identity_session_js__WEBPACK_IMPORTED_MODULE_2__/* .isKey */ .m))
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
const USUAL_MS = 15 * 60_000;
const SHORT_SESSION_MS = 45 * 60_000;
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
        return { kind: 'failed', failure: new _base_failure_js__WEBPACK_IMPORTED_MODULE_0__/* .GateError */ .ue(code, message, hint), at: parseDate(at) };
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
        Expiration: expiration && (0,_base_instant_js__WEBPACK_IMPORTED_MODULE_3__/* .formatInstant */ .r)(expiration),
    });
}


/***/ }),

/***/ 3108:
/***/ ((__unused_webpack_module, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   y: () => (/* binding */ withoutScheme)
/* harmony export */ });
function withoutScheme(issuer) {
    return issuer.replace(/^https:\/\//, '');
}


/***/ }),

/***/ 7323:
/***/ ((__unused_webpack_module, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   Aj: () => (/* binding */ readRegularText),
/* harmony export */   XF: () => (/* binding */ readRegularFile),
/* harmony export */   qP: () => (/* binding */ NO_FOLLOW)
/* harmony export */ });
/* unused harmony exports MAX_BYTES, openRegular */
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(3024);
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_0___default = /*#__PURE__*/__nccwpck_require__.n(node_fs__WEBPACK_IMPORTED_MODULE_0__);

const MAX_BYTES = 1024 * 1024;
const NO_FOLLOW = node_fs__WEBPACK_IMPORTED_MODULE_0__.constants.O_NOFOLLOW ?? 0;
const NONBLOCKING = node_fs__WEBPACK_IMPORTED_MODULE_0__.constants.O_NONBLOCK ?? 0;
function openRegular(path, flags) {
    const descriptor = (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.openSync)(path, flags | NONBLOCKING, 0o600);
    try {
        if (!(0,node_fs__WEBPACK_IMPORTED_MODULE_0__.fstatSync)(descriptor).isFile())
            throw new Error("it isn't a regular file");
        return descriptor;
    }
    catch (error) {
        (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.closeSync)(descriptor);
        throw error;
    }
}
function readRegularFile(path, { flags = 0, maxBytes } = {}) {
    const descriptor = openRegular(path, node_fs__WEBPACK_IMPORTED_MODULE_0__.constants.O_RDONLY | flags);
    try {
        const status = (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.fstatSync)(descriptor, { bigint: true });
        const bytes = maxBytes === undefined ? (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.readFileSync)(descriptor) : readAtMost(descriptor, maxBytes + 1);
        if (maxBytes !== undefined && bytes.length > maxBytes)
            throw new Error(`it is larger than ${maxBytes} bytes`);
        return { bytes, status };
    }
    finally {
        (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.closeSync)(descriptor);
    }
}
function readRegularText(path, { flags = 0 } = {}) {
    return readRegularFile(path, { flags, maxBytes: MAX_BYTES }).bytes.toString();
}
function readAtMost(descriptor, maxBytes) {
    const buffer = Buffer.alloc(maxBytes);
    let length = 0;
    for (;;) {
        const count = (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.readSync)(descriptor, buffer, length, maxBytes - length, null);
        length += count;
        if (count === 0 || length === maxBytes)
            return buffer.subarray(0, length);
    }
}


/***/ }),

/***/ 6982:
/***/ ((module) => {

module.exports = require("crypto");

/***/ }),

/***/ 9896:
/***/ ((module) => {

module.exports = require("fs");

/***/ }),

/***/ 6698:
/***/ ((module) => {

module.exports = require("node:async_hooks");

/***/ }),

/***/ 1421:
/***/ ((module) => {

module.exports = require("node:child_process");

/***/ }),

/***/ 7598:
/***/ ((module) => {

module.exports = require("node:crypto");

/***/ }),

/***/ 3024:
/***/ ((module) => {

module.exports = require("node:fs");

/***/ }),

/***/ 1455:
/***/ ((module) => {

module.exports = require("node:fs/promises");

/***/ }),

/***/ 7067:
/***/ ((module) => {

module.exports = require("node:http");

/***/ }),

/***/ 4708:
/***/ ((module) => {

module.exports = require("node:https");

/***/ }),

/***/ 7030:
/***/ ((module) => {

module.exports = require("node:net");

/***/ }),

/***/ 8161:
/***/ ((module) => {

module.exports = require("node:os");

/***/ }),

/***/ 6760:
/***/ ((module) => {

module.exports = require("node:path");

/***/ }),

/***/ 1708:
/***/ ((module) => {

module.exports = require("node:process");

/***/ }),

/***/ 7075:
/***/ ((module) => {

module.exports = require("node:stream");

/***/ }),

/***/ 8500:
/***/ ((module) => {

module.exports = require("node:timers/promises");

/***/ }),

/***/ 1692:
/***/ ((module) => {

module.exports = require("node:tls");

/***/ }),

/***/ 7975:
/***/ ((module) => {

module.exports = require("node:util");

/***/ }),

/***/ 8522:
/***/ ((module) => {

module.exports = require("node:zlib");

/***/ }),

/***/ 857:
/***/ ((module) => {

module.exports = require("os");

/***/ }),

/***/ 6928:
/***/ ((module) => {

module.exports = require("path");

/***/ })

/******/ 	});
/************************************************************************/
/******/ 	// The module cache
/******/ 	var __webpack_module_cache__ = {};
/******/ 	
/******/ 	// The require function
/******/ 	function __nccwpck_require__(moduleId) {
/******/ 		// Check if module is in cache
/******/ 		var cachedModule = __webpack_module_cache__[moduleId];
/******/ 		if (cachedModule !== undefined) {
/******/ 			return cachedModule.exports;
/******/ 		}
/******/ 		// Create a new module (and put it into the cache)
/******/ 		var module = __webpack_module_cache__[moduleId] = {
/******/ 			// no module.id needed
/******/ 			// no module.loaded needed
/******/ 			exports: {}
/******/ 		};
/******/ 	
/******/ 		// Execute the module function
/******/ 		var threw = true;
/******/ 		try {
/******/ 			__webpack_modules__[moduleId](module, module.exports, __nccwpck_require__);
/******/ 			threw = false;
/******/ 		} finally {
/******/ 			if(threw) delete __webpack_module_cache__[moduleId];
/******/ 		}
/******/ 	
/******/ 		// Return the exports of the module
/******/ 		return module.exports;
/******/ 	}
/******/ 	
/******/ 	// expose the modules object (__webpack_modules__)
/******/ 	__nccwpck_require__.m = __webpack_modules__;
/******/ 	
/************************************************************************/
/******/ 	/* webpack/runtime/asset-relocator-loader */
/******/ 	if (typeof __nccwpck_require__ !== 'undefined') __nccwpck_require__.ab = __dirname + "/";
/******/ 	
/******/ 	/* webpack/runtime/compat get default export */
/******/ 	(() => {
/******/ 		// getDefaultExport function for compatibility with non-harmony modules
/******/ 		__nccwpck_require__.n = (module) => {
/******/ 			var getter = module && module.__esModule ?
/******/ 				() => (module['default']) :
/******/ 				() => (module);
/******/ 			__nccwpck_require__.d(getter, { a: getter });
/******/ 			return getter;
/******/ 		};
/******/ 	})();
/******/ 	
/******/ 	/* webpack/runtime/create fake namespace object */
/******/ 	(() => {
/******/ 		var getProto = Object.getPrototypeOf ? (obj) => (Object.getPrototypeOf(obj)) : (obj) => (obj.__proto__);
/******/ 		var leafPrototypes;
/******/ 		// create a fake namespace object
/******/ 		// mode & 1: value is a module id, require it
/******/ 		// mode & 2: merge all properties of value into the ns
/******/ 		// mode & 4: return value when already ns object
/******/ 		// mode & 16: return value when it's Promise-like
/******/ 		// mode & 8|1: behave like require
/******/ 		__nccwpck_require__.t = function(value, mode) {
/******/ 			if(mode & 1) value = this(value);
/******/ 			if(mode & 8) return value;
/******/ 			if(typeof value === 'object' && value) {
/******/ 				if((mode & 4) && value.__esModule) return value;
/******/ 				if((mode & 16) && typeof value.then === 'function') return value;
/******/ 			}
/******/ 			var ns = Object.create(null);
/******/ 			__nccwpck_require__.r(ns);
/******/ 			var def = {};
/******/ 			leafPrototypes = leafPrototypes || [null, getProto({}), getProto([]), getProto(getProto)];
/******/ 			for(var current = mode & 2 && value; typeof current == 'object' && !~leafPrototypes.indexOf(current); current = getProto(current)) {
/******/ 				Object.getOwnPropertyNames(current).forEach((key) => (def[key] = () => (value[key])));
/******/ 			}
/******/ 			def['default'] = () => (value);
/******/ 			__nccwpck_require__.d(ns, def);
/******/ 			return ns;
/******/ 		};
/******/ 	})();
/******/ 	
/******/ 	/* webpack/runtime/define property getters */
/******/ 	(() => {
/******/ 		// define getter functions for harmony exports
/******/ 		__nccwpck_require__.d = (exports, definition) => {
/******/ 			for(var key in definition) {
/******/ 				if(__nccwpck_require__.o(definition, key) && !__nccwpck_require__.o(exports, key)) {
/******/ 					Object.defineProperty(exports, key, { enumerable: true, get: definition[key] });
/******/ 				}
/******/ 			}
/******/ 		};
/******/ 	})();
/******/ 	
/******/ 	/* webpack/runtime/ensure chunk */
/******/ 	(() => {
/******/ 		__nccwpck_require__.f = {};
/******/ 		// This file contains only the entry chunk.
/******/ 		// The chunk loading function for additional chunks
/******/ 		__nccwpck_require__.e = (chunkId) => {
/******/ 			return Promise.all(Object.keys(__nccwpck_require__.f).reduce((promises, key) => {
/******/ 				__nccwpck_require__.f[key](chunkId, promises);
/******/ 				return promises;
/******/ 			}, []));
/******/ 		};
/******/ 	})();
/******/ 	
/******/ 	/* webpack/runtime/get javascript chunk filename */
/******/ 	(() => {
/******/ 		// This function allow to reference async chunks
/******/ 		__nccwpck_require__.u = (chunkId) => {
/******/ 			// return url for filenames based on template
/******/ 			return "" + chunkId + ".index.js";
/******/ 		};
/******/ 	})();
/******/ 	
/******/ 	/* webpack/runtime/hasOwnProperty shorthand */
/******/ 	(() => {
/******/ 		__nccwpck_require__.o = (obj, prop) => (Object.prototype.hasOwnProperty.call(obj, prop))
/******/ 	})();
/******/ 	
/******/ 	/* webpack/runtime/make namespace object */
/******/ 	(() => {
/******/ 		// define __esModule on exports
/******/ 		__nccwpck_require__.r = (exports) => {
/******/ 			if(typeof Symbol !== 'undefined' && Symbol.toStringTag) {
/******/ 				Object.defineProperty(exports, Symbol.toStringTag, { value: 'Module' });
/******/ 			}
/******/ 			Object.defineProperty(exports, '__esModule', { value: true });
/******/ 		};
/******/ 	})();
/******/ 	
/******/ 	/* webpack/runtime/require chunk loading */
/******/ 	(() => {
/******/ 		// no baseURI
/******/ 		
/******/ 		// object to store loaded chunks
/******/ 		// "1" means "loaded", otherwise not loaded yet
/******/ 		var installedChunks = {
/******/ 			792: 1
/******/ 		};
/******/ 		
/******/ 		// no on chunks loaded
/******/ 		
/******/ 		var installChunk = (chunk) => {
/******/ 			var moreModules = chunk.modules, chunkIds = chunk.ids, runtime = chunk.runtime;
/******/ 			for(var moduleId in moreModules) {
/******/ 				if(__nccwpck_require__.o(moreModules, moduleId)) {
/******/ 					__nccwpck_require__.m[moduleId] = moreModules[moduleId];
/******/ 				}
/******/ 			}
/******/ 			if(runtime) runtime(__nccwpck_require__);
/******/ 			for(var i = 0; i < chunkIds.length; i++)
/******/ 				installedChunks[chunkIds[i]] = 1;
/******/ 		
/******/ 		};
/******/ 		
/******/ 		// require() chunk loading for javascript
/******/ 		__nccwpck_require__.f.require = (chunkId, promises) => {
/******/ 			// "1" is the signal for "already loaded"
/******/ 			if(!installedChunks[chunkId]) {
/******/ 				if(true) { // all chunks have JS
/******/ 					installChunk(require("./" + __nccwpck_require__.u(chunkId)));
/******/ 				} else installedChunks[chunkId] = 1;
/******/ 			}
/******/ 		};
/******/ 		
/******/ 		// no external install chunk
/******/ 		
/******/ 		// no HMR
/******/ 		
/******/ 		// no HMR manifest
/******/ 	})();
/******/ 	
/************************************************************************/
var __webpack_exports__ = {};

// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __nccwpck_require__(3024);
;// CONCATENATED MODULE: ../build/process/start.js

const STDERR = 2;
let handler = cause => (0,external_node_fs_.writeSync)(STDERR, `${oneLineOf(cause)}\n`);
function onUncaught(next) {
    handler = next;
}
function oneLineOf(cause) {
    const text = cause instanceof Error ? cause.message : 'an error without a message';
    return text.replaceAll(/[^ -~]/g, ' ');
}
function leaveParent() {
    for (const event of ['disconnect', 'error', 'internalMessage'])
        process.removeAllListeners(event);
    process.on('error', () => { });
    for (const name of Object.getOwnPropertySymbols(process)) {
        if (name.description === 'kChannelHandle')
            Reflect.get(process, name)?.readStop?.();
    }
}
const C_LIBRARY_VARIABLES = ['RES_OPTIONS', 'LOCALDOMAIN', 'HOSTALIASES', 'RESOLV_HOST_CONF', 'TZ'];
function resetCLibrary() {
    for (const name of C_LIBRARY_VARIABLES)
        delete process.env[name];
}
function stopCoverage() {
    if (process.env.NODE_V8_COVERAGE)
        process.getBuiltinModule?.('node:v8').stopCoverage();
}
process.on('uncaughtException', cause => handler(cause));
leaveParent();
resetCLibrary();
stopCoverage();

// EXTERNAL MODULE: ../build/core/renewal/outcome.js
var renewal_outcome = __nccwpck_require__(9242);
// EXTERNAL MODULE: external "node:timers/promises"
var promises_ = __nccwpck_require__(8500);
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

// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __nccwpck_require__(6760);
// EXTERNAL MODULE: ../build/runner/regular-file.js
var regular_file = __nccwpck_require__(7323);
// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __nccwpck_require__(7598);
;// CONCATENATED MODULE: ../build/profiles/file-in-use.js

const LONGEST_WAIT = 2_000;
const PAUSE = 20;
async function file_in_use_onceClosed(work, platform = process.platform) {
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





class ChangedMeanwhile extends (/* unused pure expression or super */ null && (Error)) {
}
class PartlyChanged extends (/* unused pure expression or super */ null && (Error)) {
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
    return lstatSync(path, { bigint: true, throwIfNoEntry: false });
}
function stampOf({ dev, ino, size, mtimeNs, ctimeNs }) {
    return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
}
function hasFolder(path) {
    const status = lstatSync(path, { throwIfNoEntry: false });
    if (status?.isSymbolicLink())
        throw new Error('its folder is a symbolic link');
    if (status && !status.isDirectory())
        throw new Error("its parent isn't a folder");
    return status !== undefined;
}
function prepareFolder(path) {
    if (!hasFolder(path))
        mkdirSync(path, { recursive: true, mode: 0o700 });
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
            await put(change.file, temporary, lock);
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
        await onceClosed(() => rmSync(temporary, { force: true }));
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
        await file_in_use_onceClosed(() => {
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
function put(file, temporary, lock) {
    return onceClosed(() => {
        lock.assertHeld();
        assertUntouched(file);
        if (temporary === undefined)
            rmSync(file.path, { force: true });
        else
            renameSync(temporary, file.path);
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
            await put(present, temporary, lock);
            return true;
        }
        finally {
            if (temporary)
                rmSync(temporary, { force: true });
        }
    }
    catch {
        return false;
    }
}

// EXTERNAL MODULE: ../build/core/base/text.js
var base_text = __nccwpck_require__(320);
// EXTERNAL MODULE: external "node:os"
var external_node_os_ = __nccwpck_require__(8161);
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
const MAX_BYTES = 1_000;
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
        await file_in_use_onceClosed(() => isHeld() && (0,external_node_fs_.rmSync)(lock, { force: true }));
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
        await file_in_use_onceClosed(() => writeNew(lock, text));
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
        const { bytes, status } = (0,regular_file/* readRegularFile */.XF)(lock, { flags: regular_file/* NO_FOLLOW */.qP, maxBytes: MAX_BYTES });
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
        await file_in_use_onceClosed(() => readLock(lock)?.stamp === judged.stamp && (0,external_node_fs_.rmSync)(lock, { force: true }));
    }
    finally {
        await file_in_use_onceClosed(() => (0,external_node_fs_.rmSync)(claim, { force: true }));
    }
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
        credential_cache_writeNew(this.#outcomePath, (0,renewal_outcome/* formatOutcome */.ke)({ kind: 'kept', kept }));
    }
    readSettings() {
        return readText(this.settingsPath);
    }
    readOutcome() {
        try {
            return (0,renewal_outcome/* parseOutcome */._M)(readText(this.#outcomePath));
        }
        catch {
            return undefined;
        }
    }
    save(outcome, lock) {
        return replaceFile(this.#outcomePath, (0,renewal_outcome/* formatOutcome */.ke)(outcome), lock);
    }
    async forget(lock) {
        try {
            await file_in_use_onceClosed(() => {
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
    return (0,regular_file/* readRegularText */.Aj)(path, { flags: regular_file/* NO_FOLLOW */.qP });
}
function credential_cache_writeNew(path, text) {
    (0,external_node_fs_.writeFileSync)(path, text, { flag: 'wx', mode: 0o600 });
}

;// CONCATENATED MODULE: ../build/renew.js






const STDOUT = 1;
const renew_STDERR = 2;
async function currentCredentials(files) {
    const kept = (0,renewal_outcome/* usable */.Je)(files.readOutcome(), Date.now());
    if (kept)
        return kept;
    const { renewTogether } = await Promise.all(/* import() */[__nccwpck_require__.e(88), __nccwpck_require__.e(327)]).then(__nccwpck_require__.bind(__nccwpck_require__, 327));
    return renewTogether(files);
}
async function fail(cause) {
    const { failureLine } = await Promise.all(/* import() */[__nccwpck_require__.e(88), __nccwpck_require__.e(327)]).then(__nccwpck_require__.bind(__nccwpck_require__, 327));
    (0,external_node_fs_.writeSync)(renew_STDERR, `${failureLine(cause)}\n`);
    endProcess(false);
}
process.stdout.write = () => true;
process.exitCode = 1;
onUncaught(cause => void fail(cause));
void currentCredentials(CredentialCache.of(process.argv[2] ?? '')).then(kept => {
    (0,external_node_fs_.writeSync)(STDOUT, (0,renewal_outcome/* formatProcessCredentials */.pf)(kept));
    endProcess(true);
}, fail);

module.exports = __webpack_exports__;
/******/ })()
;