/******/ (() => { // webpackBootstrap
/******/ 	var __webpack_modules__ = ({

/***/ 8385:
/***/ ((module, exports, __nccwpck_require__) => {

(function (factory) {
    if ( true && typeof module.exports === "object") {
        var v = factory(require, exports);
        if (v !== undefined) module.exports = v;
    }
    else if (typeof define === "function" && define.amd) {
        define(["require", "exports", "./format", "./parser"], factory);
    }
})(function () {
    /*---------------------------------------------------------------------------------------------
     *  Copyright (c) Microsoft Corporation. All rights reserved.
     *  Licensed under the MIT License. See License.txt in the project root for license information.
     *--------------------------------------------------------------------------------------------*/
    'use strict';
    Object.defineProperty(exports, "__esModule", ({ value: true }));
    exports.isWS = exports.applyEdit = exports.setProperty = exports.removeProperty = void 0;
    const format_1 = __nccwpck_require__(458);
    const parser_1 = __nccwpck_require__(110);
    function removeProperty(text, path, options) {
        return setProperty(text, path, void 0, options);
    }
    exports.removeProperty = removeProperty;
    function setProperty(text, originalPath, value, options) {
        const path = originalPath.slice();
        const errors = [];
        const root = (0, parser_1.parseTree)(text, errors);
        let parent = void 0;
        let lastSegment = void 0;
        while (path.length > 0) {
            lastSegment = path.pop();
            parent = (0, parser_1.findNodeAtLocation)(root, path);
            if (parent === void 0 && value !== void 0) {
                if (typeof lastSegment === 'string') {
                    value = { [lastSegment]: value };
                }
                else {
                    value = [value];
                }
            }
            else {
                break;
            }
        }
        if (!parent) {
            // empty document
            if (value === void 0) { // delete
                throw new Error('Can not delete in empty document');
            }
            return withFormatting(text, { offset: root ? root.offset : 0, length: root ? root.length : 0, content: JSON.stringify(value) }, options);
        }
        else if (parent.type === 'object' && typeof lastSegment === 'string' && Array.isArray(parent.children)) {
            const existing = (0, parser_1.findNodeAtLocation)(parent, [lastSegment]);
            if (existing !== void 0) {
                if (value === void 0) { // delete
                    if (!existing.parent) {
                        throw new Error('Malformed AST');
                    }
                    const propertyIndex = parent.children.indexOf(existing.parent);
                    let removeBegin;
                    let removeEnd = existing.parent.offset + existing.parent.length;
                    if (propertyIndex > 0) {
                        // remove the comma of the previous node
                        let previous = parent.children[propertyIndex - 1];
                        removeBegin = previous.offset + previous.length;
                    }
                    else {
                        removeBegin = parent.offset + 1;
                        if (parent.children.length > 1) {
                            // remove the comma of the next node
                            let next = parent.children[1];
                            removeEnd = next.offset;
                        }
                    }
                    return withFormatting(text, { offset: removeBegin, length: removeEnd - removeBegin, content: '' }, options);
                }
                else {
                    // set value of existing property
                    return withFormatting(text, { offset: existing.offset, length: existing.length, content: JSON.stringify(value) }, options);
                }
            }
            else {
                if (value === void 0) { // delete
                    return []; // property does not exist, nothing to do
                }
                const newProperty = `${JSON.stringify(lastSegment)}: ${JSON.stringify(value)}`;
                const index = options.getInsertionIndex ? options.getInsertionIndex(parent.children.map(p => p.children[0].value)) : parent.children.length;
                let edit;
                if (index > 0) {
                    let previous = parent.children[index - 1];
                    edit = { offset: previous.offset + previous.length, length: 0, content: ',' + newProperty };
                }
                else if (parent.children.length === 0) {
                    edit = { offset: parent.offset + 1, length: 0, content: newProperty };
                }
                else {
                    edit = { offset: parent.offset + 1, length: 0, content: newProperty + ',' };
                }
                return withFormatting(text, edit, options);
            }
        }
        else if (parent.type === 'array' && typeof lastSegment === 'number' && Array.isArray(parent.children)) {
            const insertIndex = lastSegment;
            if (insertIndex === -1) {
                // Insert
                const newProperty = `${JSON.stringify(value)}`;
                let edit;
                if (parent.children.length === 0) {
                    edit = { offset: parent.offset + 1, length: 0, content: newProperty };
                }
                else {
                    const previous = parent.children[parent.children.length - 1];
                    edit = { offset: previous.offset + previous.length, length: 0, content: ',' + newProperty };
                }
                return withFormatting(text, edit, options);
            }
            else if (value === void 0 && parent.children.length >= 0) {
                // Removal
                const removalIndex = lastSegment;
                const toRemove = parent.children[removalIndex];
                let edit;
                if (parent.children.length === 1) {
                    // only item
                    edit = { offset: parent.offset + 1, length: parent.length - 2, content: '' };
                }
                else if (parent.children.length - 1 === removalIndex) {
                    // last item
                    let previous = parent.children[removalIndex - 1];
                    let offset = previous.offset + previous.length;
                    let parentEndOffset = parent.offset + parent.length;
                    edit = { offset, length: parentEndOffset - 2 - offset, content: '' };
                }
                else {
                    edit = { offset: toRemove.offset, length: parent.children[removalIndex + 1].offset - toRemove.offset, content: '' };
                }
                return withFormatting(text, edit, options);
            }
            else if (value !== void 0) {
                let edit;
                const newProperty = `${JSON.stringify(value)}`;
                if (!options.isArrayInsertion && parent.children.length > lastSegment) {
                    const toModify = parent.children[lastSegment];
                    edit = { offset: toModify.offset, length: toModify.length, content: newProperty };
                }
                else if (parent.children.length === 0 || lastSegment === 0) {
                    edit = { offset: parent.offset + 1, length: 0, content: parent.children.length === 0 ? newProperty : newProperty + ',' };
                }
                else {
                    const index = lastSegment > parent.children.length ? parent.children.length : lastSegment;
                    const previous = parent.children[index - 1];
                    edit = { offset: previous.offset + previous.length, length: 0, content: ',' + newProperty };
                }
                return withFormatting(text, edit, options);
            }
            else {
                throw new Error(`Can not ${value === void 0 ? 'remove' : (options.isArrayInsertion ? 'insert' : 'modify')} Array index ${insertIndex} as length is not sufficient`);
            }
        }
        else {
            throw new Error(`Can not add ${typeof lastSegment !== 'number' ? 'index' : 'property'} to parent of type ${parent.type}`);
        }
    }
    exports.setProperty = setProperty;
    function withFormatting(text, edit, options) {
        if (!options.formattingOptions) {
            return [edit];
        }
        // apply the edit
        let newText = applyEdit(text, edit);
        // format the new text
        let begin = edit.offset;
        let end = edit.offset + edit.content.length;
        if (edit.length === 0 || edit.content.length === 0) { // insert or remove
            while (begin > 0 && !(0, format_1.isEOL)(newText, begin - 1)) {
                begin--;
            }
            while (end < newText.length && !(0, format_1.isEOL)(newText, end)) {
                end++;
            }
        }
        const edits = (0, format_1.format)(newText, { offset: begin, length: end - begin }, { ...options.formattingOptions, keepLines: false });
        // apply the formatting edits and track the begin and end offsets of the changes
        for (let i = edits.length - 1; i >= 0; i--) {
            const edit = edits[i];
            newText = applyEdit(newText, edit);
            begin = Math.min(begin, edit.offset);
            end = Math.max(end, edit.offset + edit.length);
            end += edit.content.length - edit.length;
        }
        // create a single edit with all changes
        const editLength = text.length - (newText.length - end) - begin;
        return [{ offset: begin, length: editLength, content: newText.substring(begin, end) }];
    }
    function applyEdit(text, edit) {
        return text.substring(0, edit.offset) + edit.content + text.substring(edit.offset + edit.length);
    }
    exports.applyEdit = applyEdit;
    function isWS(text, offset) {
        return '\r\n \t'.indexOf(text.charAt(offset)) !== -1;
    }
    exports.isWS = isWS;
});


/***/ }),

/***/ 458:
/***/ ((module, exports, __nccwpck_require__) => {

(function (factory) {
    if ( true && typeof module.exports === "object") {
        var v = factory(require, exports);
        if (v !== undefined) module.exports = v;
    }
    else if (typeof define === "function" && define.amd) {
        define(["require", "exports", "./scanner", "./string-intern"], factory);
    }
})(function () {
    /*---------------------------------------------------------------------------------------------
     *  Copyright (c) Microsoft Corporation. All rights reserved.
     *  Licensed under the MIT License. See License.txt in the project root for license information.
     *--------------------------------------------------------------------------------------------*/
    'use strict';
    Object.defineProperty(exports, "__esModule", ({ value: true }));
    exports.isEOL = exports.format = void 0;
    const scanner_1 = __nccwpck_require__(8263);
    const string_intern_1 = __nccwpck_require__(4013);
    function format(documentText, range, options) {
        let initialIndentLevel;
        let formatText;
        let formatTextStart;
        let rangeStart;
        let rangeEnd;
        if (range) {
            rangeStart = range.offset;
            rangeEnd = rangeStart + range.length;
            formatTextStart = rangeStart;
            while (formatTextStart > 0 && !isEOL(documentText, formatTextStart - 1)) {
                formatTextStart--;
            }
            let endOffset = rangeEnd;
            while (endOffset < documentText.length && !isEOL(documentText, endOffset)) {
                endOffset++;
            }
            formatText = documentText.substring(formatTextStart, endOffset);
            initialIndentLevel = computeIndentLevel(formatText, options);
        }
        else {
            formatText = documentText;
            initialIndentLevel = 0;
            formatTextStart = 0;
            rangeStart = 0;
            rangeEnd = documentText.length;
        }
        const eol = getEOL(options, documentText);
        const eolFastPathSupported = string_intern_1.supportedEols.includes(eol);
        let numberLineBreaks = 0;
        let indentLevel = 0;
        let indentValue;
        if (options.insertSpaces) {
            indentValue = string_intern_1.cachedSpaces[options.tabSize || 4] ?? repeat(string_intern_1.cachedSpaces[1], options.tabSize || 4);
        }
        else {
            indentValue = '\t';
        }
        const indentType = indentValue === '\t' ? '\t' : ' ';
        let scanner = (0, scanner_1.createScanner)(formatText, false);
        let hasError = false;
        function newLinesAndIndent() {
            if (numberLineBreaks > 1) {
                return repeat(eol, numberLineBreaks) + repeat(indentValue, initialIndentLevel + indentLevel);
            }
            const amountOfSpaces = indentValue.length * (initialIndentLevel + indentLevel);
            if (!eolFastPathSupported || amountOfSpaces > string_intern_1.cachedBreakLinesWithSpaces[indentType][eol].length) {
                return eol + repeat(indentValue, initialIndentLevel + indentLevel);
            }
            if (amountOfSpaces <= 0) {
                return eol;
            }
            return string_intern_1.cachedBreakLinesWithSpaces[indentType][eol][amountOfSpaces];
        }
        function scanNext() {
            let token = scanner.scan();
            numberLineBreaks = 0;
            while (token === 15 /* SyntaxKind.Trivia */ || token === 14 /* SyntaxKind.LineBreakTrivia */) {
                if (token === 14 /* SyntaxKind.LineBreakTrivia */ && options.keepLines) {
                    numberLineBreaks += 1;
                }
                else if (token === 14 /* SyntaxKind.LineBreakTrivia */) {
                    numberLineBreaks = 1;
                }
                token = scanner.scan();
            }
            hasError = token === 16 /* SyntaxKind.Unknown */ || scanner.getTokenError() !== 0 /* ScanError.None */;
            return token;
        }
        const editOperations = [];
        function addEdit(text, startOffset, endOffset) {
            if (!hasError && (!range || (startOffset < rangeEnd && endOffset > rangeStart)) && documentText.substring(startOffset, endOffset) !== text) {
                editOperations.push({ offset: startOffset, length: endOffset - startOffset, content: text });
            }
        }
        let firstToken = scanNext();
        if (options.keepLines && numberLineBreaks > 0) {
            addEdit(repeat(eol, numberLineBreaks), 0, 0);
        }
        if (firstToken !== 17 /* SyntaxKind.EOF */) {
            let firstTokenStart = scanner.getTokenOffset() + formatTextStart;
            let initialIndent = (indentValue.length * initialIndentLevel < 20) && options.insertSpaces
                ? string_intern_1.cachedSpaces[indentValue.length * initialIndentLevel]
                : repeat(indentValue, initialIndentLevel);
            addEdit(initialIndent, formatTextStart, firstTokenStart);
        }
        while (firstToken !== 17 /* SyntaxKind.EOF */) {
            let firstTokenEnd = scanner.getTokenOffset() + scanner.getTokenLength() + formatTextStart;
            let secondToken = scanNext();
            let replaceContent = '';
            let needsLineBreak = false;
            while (numberLineBreaks === 0 && (secondToken === 12 /* SyntaxKind.LineCommentTrivia */ || secondToken === 13 /* SyntaxKind.BlockCommentTrivia */)) {
                let commentTokenStart = scanner.getTokenOffset() + formatTextStart;
                addEdit(string_intern_1.cachedSpaces[1], firstTokenEnd, commentTokenStart);
                firstTokenEnd = scanner.getTokenOffset() + scanner.getTokenLength() + formatTextStart;
                needsLineBreak = secondToken === 12 /* SyntaxKind.LineCommentTrivia */;
                replaceContent = needsLineBreak ? newLinesAndIndent() : '';
                secondToken = scanNext();
            }
            if (secondToken === 2 /* SyntaxKind.CloseBraceToken */) {
                if (firstToken !== 1 /* SyntaxKind.OpenBraceToken */) {
                    indentLevel--;
                }
                ;
                if (options.keepLines && numberLineBreaks > 0 || !options.keepLines && firstToken !== 1 /* SyntaxKind.OpenBraceToken */) {
                    replaceContent = newLinesAndIndent();
                }
                else if (options.keepLines) {
                    replaceContent = string_intern_1.cachedSpaces[1];
                }
            }
            else if (secondToken === 4 /* SyntaxKind.CloseBracketToken */) {
                if (firstToken !== 3 /* SyntaxKind.OpenBracketToken */) {
                    indentLevel--;
                }
                ;
                if (options.keepLines && numberLineBreaks > 0 || !options.keepLines && firstToken !== 3 /* SyntaxKind.OpenBracketToken */) {
                    replaceContent = newLinesAndIndent();
                }
                else if (options.keepLines) {
                    replaceContent = string_intern_1.cachedSpaces[1];
                }
            }
            else {
                switch (firstToken) {
                    case 3 /* SyntaxKind.OpenBracketToken */:
                    case 1 /* SyntaxKind.OpenBraceToken */:
                        indentLevel++;
                        if (options.keepLines && numberLineBreaks > 0 || !options.keepLines) {
                            replaceContent = newLinesAndIndent();
                        }
                        else {
                            replaceContent = string_intern_1.cachedSpaces[1];
                        }
                        break;
                    case 5 /* SyntaxKind.CommaToken */:
                        if (options.keepLines && numberLineBreaks > 0 || !options.keepLines) {
                            replaceContent = newLinesAndIndent();
                        }
                        else {
                            replaceContent = string_intern_1.cachedSpaces[1];
                        }
                        break;
                    case 12 /* SyntaxKind.LineCommentTrivia */:
                        replaceContent = newLinesAndIndent();
                        break;
                    case 13 /* SyntaxKind.BlockCommentTrivia */:
                        if (numberLineBreaks > 0) {
                            replaceContent = newLinesAndIndent();
                        }
                        else if (!needsLineBreak) {
                            replaceContent = string_intern_1.cachedSpaces[1];
                        }
                        break;
                    case 6 /* SyntaxKind.ColonToken */:
                        if (options.keepLines && numberLineBreaks > 0) {
                            replaceContent = newLinesAndIndent();
                        }
                        else if (!needsLineBreak) {
                            replaceContent = string_intern_1.cachedSpaces[1];
                        }
                        break;
                    case 10 /* SyntaxKind.StringLiteral */:
                        if (options.keepLines && numberLineBreaks > 0) {
                            replaceContent = newLinesAndIndent();
                        }
                        else if (secondToken === 6 /* SyntaxKind.ColonToken */ && !needsLineBreak) {
                            replaceContent = '';
                        }
                        break;
                    case 7 /* SyntaxKind.NullKeyword */:
                    case 8 /* SyntaxKind.TrueKeyword */:
                    case 9 /* SyntaxKind.FalseKeyword */:
                    case 11 /* SyntaxKind.NumericLiteral */:
                    case 2 /* SyntaxKind.CloseBraceToken */:
                    case 4 /* SyntaxKind.CloseBracketToken */:
                        if (options.keepLines && numberLineBreaks > 0) {
                            replaceContent = newLinesAndIndent();
                        }
                        else {
                            if ((secondToken === 12 /* SyntaxKind.LineCommentTrivia */ || secondToken === 13 /* SyntaxKind.BlockCommentTrivia */) && !needsLineBreak) {
                                replaceContent = string_intern_1.cachedSpaces[1];
                            }
                            else if (secondToken !== 5 /* SyntaxKind.CommaToken */ && secondToken !== 17 /* SyntaxKind.EOF */) {
                                hasError = true;
                            }
                        }
                        break;
                    case 16 /* SyntaxKind.Unknown */:
                        hasError = true;
                        break;
                }
                if (numberLineBreaks > 0 && (secondToken === 12 /* SyntaxKind.LineCommentTrivia */ || secondToken === 13 /* SyntaxKind.BlockCommentTrivia */)) {
                    replaceContent = newLinesAndIndent();
                }
            }
            if (secondToken === 17 /* SyntaxKind.EOF */) {
                if (options.keepLines && numberLineBreaks > 0) {
                    replaceContent = newLinesAndIndent();
                }
                else {
                    replaceContent = options.insertFinalNewline ? eol : '';
                }
            }
            const secondTokenStart = scanner.getTokenOffset() + formatTextStart;
            addEdit(replaceContent, firstTokenEnd, secondTokenStart);
            firstToken = secondToken;
        }
        return editOperations;
    }
    exports.format = format;
    function repeat(s, count) {
        let result = '';
        for (let i = 0; i < count; i++) {
            result += s;
        }
        return result;
    }
    function computeIndentLevel(content, options) {
        let i = 0;
        let nChars = 0;
        const tabSize = options.tabSize || 4;
        while (i < content.length) {
            let ch = content.charAt(i);
            if (ch === string_intern_1.cachedSpaces[1]) {
                nChars++;
            }
            else if (ch === '\t') {
                nChars += tabSize;
            }
            else {
                break;
            }
            i++;
        }
        return Math.floor(nChars / tabSize);
    }
    function getEOL(options, text) {
        for (let i = 0; i < text.length; i++) {
            const ch = text.charAt(i);
            if (ch === '\r') {
                if (i + 1 < text.length && text.charAt(i + 1) === '\n') {
                    return '\r\n';
                }
                return '\r';
            }
            else if (ch === '\n') {
                return '\n';
            }
        }
        return (options && options.eol) || '\n';
    }
    function isEOL(text, offset) {
        return '\r\n'.indexOf(text.charAt(offset)) !== -1;
    }
    exports.isEOL = isEOL;
});


/***/ }),

/***/ 110:
/***/ ((module, exports, __nccwpck_require__) => {

(function (factory) {
    if ( true && typeof module.exports === "object") {
        var v = factory(require, exports);
        if (v !== undefined) module.exports = v;
    }
    else if (typeof define === "function" && define.amd) {
        define(["require", "exports", "./scanner"], factory);
    }
})(function () {
    /*---------------------------------------------------------------------------------------------
     *  Copyright (c) Microsoft Corporation. All rights reserved.
     *  Licensed under the MIT License. See License.txt in the project root for license information.
     *--------------------------------------------------------------------------------------------*/
    'use strict';
    Object.defineProperty(exports, "__esModule", ({ value: true }));
    exports.getNodeType = exports.stripComments = exports.visit = exports.findNodeAtOffset = exports.contains = exports.getNodeValue = exports.getNodePath = exports.findNodeAtLocation = exports.parseTree = exports.parse = exports.getLocation = void 0;
    const scanner_1 = __nccwpck_require__(8263);
    var ParseOptions;
    (function (ParseOptions) {
        ParseOptions.DEFAULT = {
            allowTrailingComma: false
        };
    })(ParseOptions || (ParseOptions = {}));
    /**
     * For a given offset, evaluate the location in the JSON document. Each segment in the location path is either a property name or an array index.
     */
    function getLocation(text, position) {
        const segments = []; // strings or numbers
        const earlyReturnException = new Object();
        let previousNode = undefined;
        const previousNodeInst = {
            value: {},
            offset: 0,
            length: 0,
            type: 'object',
            parent: undefined
        };
        let isAtPropertyKey = false;
        function setPreviousNode(value, offset, length, type) {
            previousNodeInst.value = value;
            previousNodeInst.offset = offset;
            previousNodeInst.length = length;
            previousNodeInst.type = type;
            previousNodeInst.colonOffset = undefined;
            previousNode = previousNodeInst;
        }
        try {
            visit(text, {
                onObjectBegin: (offset, length) => {
                    if (position <= offset) {
                        throw earlyReturnException;
                    }
                    previousNode = undefined;
                    isAtPropertyKey = position > offset;
                    segments.push(''); // push a placeholder (will be replaced)
                },
                onObjectProperty: (name, offset, length) => {
                    if (position < offset) {
                        throw earlyReturnException;
                    }
                    setPreviousNode(name, offset, length, 'property');
                    segments[segments.length - 1] = name;
                    if (position <= offset + length) {
                        throw earlyReturnException;
                    }
                },
                onObjectEnd: (offset, length) => {
                    if (position <= offset) {
                        throw earlyReturnException;
                    }
                    previousNode = undefined;
                    segments.pop();
                },
                onArrayBegin: (offset, length) => {
                    if (position <= offset) {
                        throw earlyReturnException;
                    }
                    previousNode = undefined;
                    segments.push(0);
                },
                onArrayEnd: (offset, length) => {
                    if (position <= offset) {
                        throw earlyReturnException;
                    }
                    previousNode = undefined;
                    segments.pop();
                },
                onLiteralValue: (value, offset, length) => {
                    if (position < offset) {
                        throw earlyReturnException;
                    }
                    setPreviousNode(value, offset, length, getNodeType(value));
                    if (position <= offset + length) {
                        throw earlyReturnException;
                    }
                },
                onSeparator: (sep, offset, length) => {
                    if (position <= offset) {
                        throw earlyReturnException;
                    }
                    if (sep === ':' && previousNode && previousNode.type === 'property') {
                        previousNode.colonOffset = offset;
                        isAtPropertyKey = false;
                        previousNode = undefined;
                    }
                    else if (sep === ',') {
                        const last = segments[segments.length - 1];
                        if (typeof last === 'number') {
                            segments[segments.length - 1] = last + 1;
                        }
                        else {
                            isAtPropertyKey = true;
                            segments[segments.length - 1] = '';
                        }
                        previousNode = undefined;
                    }
                }
            });
        }
        catch (e) {
            if (e !== earlyReturnException) {
                throw e;
            }
        }
        return {
            path: segments,
            previousNode,
            isAtPropertyKey,
            matches: (pattern) => {
                let k = 0;
                for (let i = 0; k < pattern.length && i < segments.length; i++) {
                    if (pattern[k] === segments[i] || pattern[k] === '*') {
                        k++;
                    }
                    else if (pattern[k] !== '**') {
                        return false;
                    }
                }
                return k === pattern.length;
            }
        };
    }
    exports.getLocation = getLocation;
    /**
     * Parses the given text and returns the object the JSON content represents. On invalid input, the parser tries to be as fault tolerant as possible, but still return a result.
     * Therefore always check the errors list to find out if the input was valid.
     */
    function parse(text, errors = [], options = ParseOptions.DEFAULT) {
        let currentProperty = null;
        let currentParent = [];
        const previousParents = [];
        function onValue(value) {
            if (Array.isArray(currentParent)) {
                currentParent.push(value);
            }
            else if (currentProperty !== null) {
                currentParent[currentProperty] = value;
            }
        }
        const visitor = {
            onObjectBegin: () => {
                const object = {};
                onValue(object);
                previousParents.push(currentParent);
                currentParent = object;
                currentProperty = null;
            },
            onObjectProperty: (name) => {
                currentProperty = name;
            },
            onObjectEnd: () => {
                currentParent = previousParents.pop();
            },
            onArrayBegin: () => {
                const array = [];
                onValue(array);
                previousParents.push(currentParent);
                currentParent = array;
                currentProperty = null;
            },
            onArrayEnd: () => {
                currentParent = previousParents.pop();
            },
            onLiteralValue: onValue,
            onError: (error, offset, length) => {
                errors.push({ error, offset, length });
            }
        };
        visit(text, visitor, options);
        return currentParent[0];
    }
    exports.parse = parse;
    /**
     * Parses the given text and returns a tree representation the JSON content. On invalid input, the parser tries to be as fault tolerant as possible, but still return a result.
     */
    function parseTree(text, errors = [], options = ParseOptions.DEFAULT) {
        let currentParent = { type: 'array', offset: -1, length: -1, children: [], parent: undefined }; // artificial root
        function ensurePropertyComplete(endOffset) {
            if (currentParent.type === 'property') {
                currentParent.length = endOffset - currentParent.offset;
                currentParent = currentParent.parent;
            }
        }
        function onValue(valueNode) {
            currentParent.children.push(valueNode);
            return valueNode;
        }
        const visitor = {
            onObjectBegin: (offset) => {
                currentParent = onValue({ type: 'object', offset, length: -1, parent: currentParent, children: [] });
            },
            onObjectProperty: (name, offset, length) => {
                currentParent = onValue({ type: 'property', offset, length: -1, parent: currentParent, children: [] });
                currentParent.children.push({ type: 'string', value: name, offset, length, parent: currentParent });
            },
            onObjectEnd: (offset, length) => {
                ensurePropertyComplete(offset + length); // in case of a missing value for a property: make sure property is complete
                currentParent.length = offset + length - currentParent.offset;
                currentParent = currentParent.parent;
                ensurePropertyComplete(offset + length);
            },
            onArrayBegin: (offset, length) => {
                currentParent = onValue({ type: 'array', offset, length: -1, parent: currentParent, children: [] });
            },
            onArrayEnd: (offset, length) => {
                currentParent.length = offset + length - currentParent.offset;
                currentParent = currentParent.parent;
                ensurePropertyComplete(offset + length);
            },
            onLiteralValue: (value, offset, length) => {
                onValue({ type: getNodeType(value), offset, length, parent: currentParent, value });
                ensurePropertyComplete(offset + length);
            },
            onSeparator: (sep, offset, length) => {
                if (currentParent.type === 'property') {
                    if (sep === ':') {
                        currentParent.colonOffset = offset;
                    }
                    else if (sep === ',') {
                        ensurePropertyComplete(offset);
                    }
                }
            },
            onError: (error, offset, length) => {
                errors.push({ error, offset, length });
            }
        };
        visit(text, visitor, options);
        const result = currentParent.children[0];
        if (result) {
            delete result.parent;
        }
        return result;
    }
    exports.parseTree = parseTree;
    /**
     * Finds the node at the given path in a JSON DOM.
     */
    function findNodeAtLocation(root, path) {
        if (!root) {
            return undefined;
        }
        let node = root;
        for (let segment of path) {
            if (typeof segment === 'string') {
                if (node.type !== 'object' || !Array.isArray(node.children)) {
                    return undefined;
                }
                let found = false;
                for (const propertyNode of node.children) {
                    if (Array.isArray(propertyNode.children) && propertyNode.children[0].value === segment && propertyNode.children.length === 2) {
                        node = propertyNode.children[1];
                        found = true;
                        break;
                    }
                }
                if (!found) {
                    return undefined;
                }
            }
            else {
                const index = segment;
                if (node.type !== 'array' || index < 0 || !Array.isArray(node.children) || index >= node.children.length) {
                    return undefined;
                }
                node = node.children[index];
            }
        }
        return node;
    }
    exports.findNodeAtLocation = findNodeAtLocation;
    /**
     * Gets the JSON path of the given JSON DOM node
     */
    function getNodePath(node) {
        if (!node.parent || !node.parent.children) {
            return [];
        }
        const path = getNodePath(node.parent);
        if (node.parent.type === 'property') {
            const key = node.parent.children[0].value;
            path.push(key);
        }
        else if (node.parent.type === 'array') {
            const index = node.parent.children.indexOf(node);
            if (index !== -1) {
                path.push(index);
            }
        }
        return path;
    }
    exports.getNodePath = getNodePath;
    /**
     * Evaluates the JavaScript object of the given JSON DOM node
     */
    function getNodeValue(node) {
        switch (node.type) {
            case 'array':
                return node.children.map(getNodeValue);
            case 'object':
                const obj = Object.create(null);
                for (let prop of node.children) {
                    const valueNode = prop.children[1];
                    if (valueNode) {
                        obj[prop.children[0].value] = getNodeValue(valueNode);
                    }
                }
                return obj;
            case 'null':
            case 'string':
            case 'number':
            case 'boolean':
                return node.value;
            default:
                return undefined;
        }
    }
    exports.getNodeValue = getNodeValue;
    function contains(node, offset, includeRightBound = false) {
        return (offset >= node.offset && offset < (node.offset + node.length)) || includeRightBound && (offset === (node.offset + node.length));
    }
    exports.contains = contains;
    /**
     * Finds the most inner node at the given offset. If includeRightBound is set, also finds nodes that end at the given offset.
     */
    function findNodeAtOffset(node, offset, includeRightBound = false) {
        if (contains(node, offset, includeRightBound)) {
            const children = node.children;
            if (Array.isArray(children)) {
                for (let i = 0; i < children.length && children[i].offset <= offset; i++) {
                    const item = findNodeAtOffset(children[i], offset, includeRightBound);
                    if (item) {
                        return item;
                    }
                }
            }
            return node;
        }
        return undefined;
    }
    exports.findNodeAtOffset = findNodeAtOffset;
    /**
     * Parses the given text and invokes the visitor functions for each object, array and literal reached.
     */
    function visit(text, visitor, options = ParseOptions.DEFAULT) {
        const _scanner = (0, scanner_1.createScanner)(text, false);
        // Important: Only pass copies of this to visitor functions to prevent accidental modification, and
        // to not affect visitor functions which stored a reference to a previous JSONPath
        const _jsonPath = [];
        // Depth of onXXXBegin() callbacks suppressed. onXXXEnd() decrements this if it isn't 0 already.
        // Callbacks are only called when this value is 0.
        let suppressedCallbacks = 0;
        function toNoArgVisit(visitFunction) {
            return visitFunction ? () => suppressedCallbacks === 0 && visitFunction(_scanner.getTokenOffset(), _scanner.getTokenLength(), _scanner.getTokenStartLine(), _scanner.getTokenStartCharacter()) : () => true;
        }
        function toOneArgVisit(visitFunction) {
            return visitFunction ? (arg) => suppressedCallbacks === 0 && visitFunction(arg, _scanner.getTokenOffset(), _scanner.getTokenLength(), _scanner.getTokenStartLine(), _scanner.getTokenStartCharacter()) : () => true;
        }
        function toOneArgVisitWithPath(visitFunction) {
            return visitFunction ? (arg) => suppressedCallbacks === 0 && visitFunction(arg, _scanner.getTokenOffset(), _scanner.getTokenLength(), _scanner.getTokenStartLine(), _scanner.getTokenStartCharacter(), () => _jsonPath.slice()) : () => true;
        }
        function toBeginVisit(visitFunction) {
            return visitFunction ?
                () => {
                    if (suppressedCallbacks > 0) {
                        suppressedCallbacks++;
                    }
                    else {
                        let cbReturn = visitFunction(_scanner.getTokenOffset(), _scanner.getTokenLength(), _scanner.getTokenStartLine(), _scanner.getTokenStartCharacter(), () => _jsonPath.slice());
                        if (cbReturn === false) {
                            suppressedCallbacks = 1;
                        }
                    }
                }
                : () => true;
        }
        function toEndVisit(visitFunction) {
            return visitFunction ?
                () => {
                    if (suppressedCallbacks > 0) {
                        suppressedCallbacks--;
                    }
                    if (suppressedCallbacks === 0) {
                        visitFunction(_scanner.getTokenOffset(), _scanner.getTokenLength(), _scanner.getTokenStartLine(), _scanner.getTokenStartCharacter());
                    }
                }
                : () => true;
        }
        const onObjectBegin = toBeginVisit(visitor.onObjectBegin), onObjectProperty = toOneArgVisitWithPath(visitor.onObjectProperty), onObjectEnd = toEndVisit(visitor.onObjectEnd), onArrayBegin = toBeginVisit(visitor.onArrayBegin), onArrayEnd = toEndVisit(visitor.onArrayEnd), onLiteralValue = toOneArgVisitWithPath(visitor.onLiteralValue), onSeparator = toOneArgVisit(visitor.onSeparator), onComment = toNoArgVisit(visitor.onComment), onError = toOneArgVisit(visitor.onError);
        const disallowComments = options && options.disallowComments;
        const allowTrailingComma = options && options.allowTrailingComma;
        function scanNext() {
            while (true) {
                const token = _scanner.scan();
                switch (_scanner.getTokenError()) {
                    case 4 /* ScanError.InvalidUnicode */:
                        handleError(14 /* ParseErrorCode.InvalidUnicode */);
                        break;
                    case 5 /* ScanError.InvalidEscapeCharacter */:
                        handleError(15 /* ParseErrorCode.InvalidEscapeCharacter */);
                        break;
                    case 3 /* ScanError.UnexpectedEndOfNumber */:
                        handleError(13 /* ParseErrorCode.UnexpectedEndOfNumber */);
                        break;
                    case 1 /* ScanError.UnexpectedEndOfComment */:
                        if (!disallowComments) {
                            handleError(11 /* ParseErrorCode.UnexpectedEndOfComment */);
                        }
                        break;
                    case 2 /* ScanError.UnexpectedEndOfString */:
                        handleError(12 /* ParseErrorCode.UnexpectedEndOfString */);
                        break;
                    case 6 /* ScanError.InvalidCharacter */:
                        handleError(16 /* ParseErrorCode.InvalidCharacter */);
                        break;
                }
                switch (token) {
                    case 12 /* SyntaxKind.LineCommentTrivia */:
                    case 13 /* SyntaxKind.BlockCommentTrivia */:
                        if (disallowComments) {
                            handleError(10 /* ParseErrorCode.InvalidCommentToken */);
                        }
                        else {
                            onComment();
                        }
                        break;
                    case 16 /* SyntaxKind.Unknown */:
                        handleError(1 /* ParseErrorCode.InvalidSymbol */);
                        break;
                    case 15 /* SyntaxKind.Trivia */:
                    case 14 /* SyntaxKind.LineBreakTrivia */:
                        break;
                    default:
                        return token;
                }
            }
        }
        function handleError(error, skipUntilAfter = [], skipUntil = []) {
            onError(error);
            if (skipUntilAfter.length + skipUntil.length > 0) {
                let token = _scanner.getToken();
                while (token !== 17 /* SyntaxKind.EOF */) {
                    if (skipUntilAfter.indexOf(token) !== -1) {
                        scanNext();
                        break;
                    }
                    else if (skipUntil.indexOf(token) !== -1) {
                        break;
                    }
                    token = scanNext();
                }
            }
        }
        function parseString(isValue) {
            const value = _scanner.getTokenValue();
            if (isValue) {
                onLiteralValue(value);
            }
            else {
                onObjectProperty(value);
                // add property name afterwards
                _jsonPath.push(value);
            }
            scanNext();
            return true;
        }
        function parseLiteral() {
            switch (_scanner.getToken()) {
                case 11 /* SyntaxKind.NumericLiteral */:
                    const tokenValue = _scanner.getTokenValue();
                    let value = Number(tokenValue);
                    if (isNaN(value)) {
                        handleError(2 /* ParseErrorCode.InvalidNumberFormat */);
                        value = 0;
                    }
                    onLiteralValue(value);
                    break;
                case 7 /* SyntaxKind.NullKeyword */:
                    onLiteralValue(null);
                    break;
                case 8 /* SyntaxKind.TrueKeyword */:
                    onLiteralValue(true);
                    break;
                case 9 /* SyntaxKind.FalseKeyword */:
                    onLiteralValue(false);
                    break;
                default:
                    return false;
            }
            scanNext();
            return true;
        }
        function parseProperty() {
            if (_scanner.getToken() !== 10 /* SyntaxKind.StringLiteral */) {
                handleError(3 /* ParseErrorCode.PropertyNameExpected */, [], [2 /* SyntaxKind.CloseBraceToken */, 5 /* SyntaxKind.CommaToken */]);
                return false;
            }
            parseString(false);
            if (_scanner.getToken() === 6 /* SyntaxKind.ColonToken */) {
                onSeparator(':');
                scanNext(); // consume colon
                if (!parseValue()) {
                    handleError(4 /* ParseErrorCode.ValueExpected */, [], [2 /* SyntaxKind.CloseBraceToken */, 5 /* SyntaxKind.CommaToken */]);
                }
            }
            else {
                handleError(5 /* ParseErrorCode.ColonExpected */, [], [2 /* SyntaxKind.CloseBraceToken */, 5 /* SyntaxKind.CommaToken */]);
            }
            _jsonPath.pop(); // remove processed property name
            return true;
        }
        function parseObject() {
            onObjectBegin();
            scanNext(); // consume open brace
            let needsComma = false;
            while (_scanner.getToken() !== 2 /* SyntaxKind.CloseBraceToken */ && _scanner.getToken() !== 17 /* SyntaxKind.EOF */) {
                if (_scanner.getToken() === 5 /* SyntaxKind.CommaToken */) {
                    if (!needsComma) {
                        handleError(4 /* ParseErrorCode.ValueExpected */, [], []);
                    }
                    onSeparator(',');
                    scanNext(); // consume comma
                    if (_scanner.getToken() === 2 /* SyntaxKind.CloseBraceToken */ && allowTrailingComma) {
                        break;
                    }
                }
                else if (needsComma) {
                    handleError(6 /* ParseErrorCode.CommaExpected */, [], []);
                }
                if (!parseProperty()) {
                    handleError(4 /* ParseErrorCode.ValueExpected */, [], [2 /* SyntaxKind.CloseBraceToken */, 5 /* SyntaxKind.CommaToken */]);
                }
                needsComma = true;
            }
            onObjectEnd();
            if (_scanner.getToken() !== 2 /* SyntaxKind.CloseBraceToken */) {
                handleError(7 /* ParseErrorCode.CloseBraceExpected */, [2 /* SyntaxKind.CloseBraceToken */], []);
            }
            else {
                scanNext(); // consume close brace
            }
            return true;
        }
        function parseArray() {
            onArrayBegin();
            scanNext(); // consume open bracket
            let isFirstElement = true;
            let needsComma = false;
            while (_scanner.getToken() !== 4 /* SyntaxKind.CloseBracketToken */ && _scanner.getToken() !== 17 /* SyntaxKind.EOF */) {
                if (_scanner.getToken() === 5 /* SyntaxKind.CommaToken */) {
                    if (!needsComma) {
                        handleError(4 /* ParseErrorCode.ValueExpected */, [], []);
                    }
                    onSeparator(',');
                    scanNext(); // consume comma
                    if (_scanner.getToken() === 4 /* SyntaxKind.CloseBracketToken */ && allowTrailingComma) {
                        break;
                    }
                }
                else if (needsComma) {
                    handleError(6 /* ParseErrorCode.CommaExpected */, [], []);
                }
                if (isFirstElement) {
                    _jsonPath.push(0);
                    isFirstElement = false;
                }
                else {
                    _jsonPath[_jsonPath.length - 1]++;
                }
                if (!parseValue()) {
                    handleError(4 /* ParseErrorCode.ValueExpected */, [], [4 /* SyntaxKind.CloseBracketToken */, 5 /* SyntaxKind.CommaToken */]);
                }
                needsComma = true;
            }
            onArrayEnd();
            if (!isFirstElement) {
                _jsonPath.pop(); // remove array index
            }
            if (_scanner.getToken() !== 4 /* SyntaxKind.CloseBracketToken */) {
                handleError(8 /* ParseErrorCode.CloseBracketExpected */, [4 /* SyntaxKind.CloseBracketToken */], []);
            }
            else {
                scanNext(); // consume close bracket
            }
            return true;
        }
        function parseValue() {
            switch (_scanner.getToken()) {
                case 3 /* SyntaxKind.OpenBracketToken */:
                    return parseArray();
                case 1 /* SyntaxKind.OpenBraceToken */:
                    return parseObject();
                case 10 /* SyntaxKind.StringLiteral */:
                    return parseString(true);
                default:
                    return parseLiteral();
            }
        }
        scanNext();
        if (_scanner.getToken() === 17 /* SyntaxKind.EOF */) {
            if (options.allowEmptyContent) {
                return true;
            }
            handleError(4 /* ParseErrorCode.ValueExpected */, [], []);
            return false;
        }
        if (!parseValue()) {
            handleError(4 /* ParseErrorCode.ValueExpected */, [], []);
            return false;
        }
        if (_scanner.getToken() !== 17 /* SyntaxKind.EOF */) {
            handleError(9 /* ParseErrorCode.EndOfFileExpected */, [], []);
        }
        return true;
    }
    exports.visit = visit;
    /**
     * Takes JSON with JavaScript-style comments and remove
     * them. Optionally replaces every none-newline character
     * of comments with a replaceCharacter
     */
    function stripComments(text, replaceCh) {
        let _scanner = (0, scanner_1.createScanner)(text), parts = [], kind, offset = 0, pos;
        do {
            pos = _scanner.getPosition();
            kind = _scanner.scan();
            switch (kind) {
                case 12 /* SyntaxKind.LineCommentTrivia */:
                case 13 /* SyntaxKind.BlockCommentTrivia */:
                case 17 /* SyntaxKind.EOF */:
                    if (offset !== pos) {
                        parts.push(text.substring(offset, pos));
                    }
                    if (replaceCh !== undefined) {
                        parts.push(_scanner.getTokenValue().replace(/[^\r\n]/g, replaceCh));
                    }
                    offset = _scanner.getPosition();
                    break;
            }
        } while (kind !== 17 /* SyntaxKind.EOF */);
        return parts.join('');
    }
    exports.stripComments = stripComments;
    function getNodeType(value) {
        switch (typeof value) {
            case 'boolean': return 'boolean';
            case 'number': return 'number';
            case 'string': return 'string';
            case 'object': {
                if (!value) {
                    return 'null';
                }
                else if (Array.isArray(value)) {
                    return 'array';
                }
                return 'object';
            }
            default: return 'null';
        }
    }
    exports.getNodeType = getNodeType;
});


/***/ }),

/***/ 8263:
/***/ ((module, exports) => {

(function (factory) {
    if ( true && typeof module.exports === "object") {
        var v = factory(require, exports);
        if (v !== undefined) module.exports = v;
    }
    else if (typeof define === "function" && define.amd) {
        define(["require", "exports"], factory);
    }
})(function () {
    /*---------------------------------------------------------------------------------------------
     *  Copyright (c) Microsoft Corporation. All rights reserved.
     *  Licensed under the MIT License. See License.txt in the project root for license information.
     *--------------------------------------------------------------------------------------------*/
    'use strict';
    Object.defineProperty(exports, "__esModule", ({ value: true }));
    exports.createScanner = void 0;
    /**
     * Creates a JSON scanner on the given text.
     * If ignoreTrivia is set, whitespaces or comments are ignored.
     */
    function createScanner(text, ignoreTrivia = false) {
        const len = text.length;
        let pos = 0, value = '', tokenOffset = 0, token = 16 /* SyntaxKind.Unknown */, lineNumber = 0, lineStartOffset = 0, tokenLineStartOffset = 0, prevTokenLineStartOffset = 0, scanError = 0 /* ScanError.None */;
        function scanHexDigits(count, exact) {
            let digits = 0;
            let value = 0;
            while (digits < count || !exact) {
                let ch = text.charCodeAt(pos);
                if (ch >= 48 /* CharacterCodes._0 */ && ch <= 57 /* CharacterCodes._9 */) {
                    value = value * 16 + ch - 48 /* CharacterCodes._0 */;
                }
                else if (ch >= 65 /* CharacterCodes.A */ && ch <= 70 /* CharacterCodes.F */) {
                    value = value * 16 + ch - 65 /* CharacterCodes.A */ + 10;
                }
                else if (ch >= 97 /* CharacterCodes.a */ && ch <= 102 /* CharacterCodes.f */) {
                    value = value * 16 + ch - 97 /* CharacterCodes.a */ + 10;
                }
                else {
                    break;
                }
                pos++;
                digits++;
            }
            if (digits < count) {
                value = -1;
            }
            return value;
        }
        function setPosition(newPosition) {
            pos = newPosition;
            value = '';
            tokenOffset = 0;
            token = 16 /* SyntaxKind.Unknown */;
            scanError = 0 /* ScanError.None */;
        }
        function scanNumber() {
            let start = pos;
            if (text.charCodeAt(pos) === 48 /* CharacterCodes._0 */) {
                pos++;
            }
            else {
                pos++;
                while (pos < text.length && isDigit(text.charCodeAt(pos))) {
                    pos++;
                }
            }
            if (pos < text.length && text.charCodeAt(pos) === 46 /* CharacterCodes.dot */) {
                pos++;
                if (pos < text.length && isDigit(text.charCodeAt(pos))) {
                    pos++;
                    while (pos < text.length && isDigit(text.charCodeAt(pos))) {
                        pos++;
                    }
                }
                else {
                    scanError = 3 /* ScanError.UnexpectedEndOfNumber */;
                    return text.substring(start, pos);
                }
            }
            let end = pos;
            if (pos < text.length && (text.charCodeAt(pos) === 69 /* CharacterCodes.E */ || text.charCodeAt(pos) === 101 /* CharacterCodes.e */)) {
                pos++;
                if (pos < text.length && text.charCodeAt(pos) === 43 /* CharacterCodes.plus */ || text.charCodeAt(pos) === 45 /* CharacterCodes.minus */) {
                    pos++;
                }
                if (pos < text.length && isDigit(text.charCodeAt(pos))) {
                    pos++;
                    while (pos < text.length && isDigit(text.charCodeAt(pos))) {
                        pos++;
                    }
                    end = pos;
                }
                else {
                    scanError = 3 /* ScanError.UnexpectedEndOfNumber */;
                }
            }
            return text.substring(start, end);
        }
        function scanString() {
            let result = '', start = pos;
            while (true) {
                if (pos >= len) {
                    result += text.substring(start, pos);
                    scanError = 2 /* ScanError.UnexpectedEndOfString */;
                    break;
                }
                const ch = text.charCodeAt(pos);
                if (ch === 34 /* CharacterCodes.doubleQuote */) {
                    result += text.substring(start, pos);
                    pos++;
                    break;
                }
                if (ch === 92 /* CharacterCodes.backslash */) {
                    result += text.substring(start, pos);
                    pos++;
                    if (pos >= len) {
                        scanError = 2 /* ScanError.UnexpectedEndOfString */;
                        break;
                    }
                    const ch2 = text.charCodeAt(pos++);
                    switch (ch2) {
                        case 34 /* CharacterCodes.doubleQuote */:
                            result += '\"';
                            break;
                        case 92 /* CharacterCodes.backslash */:
                            result += '\\';
                            break;
                        case 47 /* CharacterCodes.slash */:
                            result += '/';
                            break;
                        case 98 /* CharacterCodes.b */:
                            result += '\b';
                            break;
                        case 102 /* CharacterCodes.f */:
                            result += '\f';
                            break;
                        case 110 /* CharacterCodes.n */:
                            result += '\n';
                            break;
                        case 114 /* CharacterCodes.r */:
                            result += '\r';
                            break;
                        case 116 /* CharacterCodes.t */:
                            result += '\t';
                            break;
                        case 117 /* CharacterCodes.u */:
                            const ch3 = scanHexDigits(4, true);
                            if (ch3 >= 0) {
                                result += String.fromCharCode(ch3);
                            }
                            else {
                                scanError = 4 /* ScanError.InvalidUnicode */;
                            }
                            break;
                        default:
                            scanError = 5 /* ScanError.InvalidEscapeCharacter */;
                    }
                    start = pos;
                    continue;
                }
                if (ch >= 0 && ch <= 0x1f) {
                    if (isLineBreak(ch)) {
                        result += text.substring(start, pos);
                        scanError = 2 /* ScanError.UnexpectedEndOfString */;
                        break;
                    }
                    else {
                        scanError = 6 /* ScanError.InvalidCharacter */;
                        // mark as error but continue with string
                    }
                }
                pos++;
            }
            return result;
        }
        function scanNext() {
            value = '';
            scanError = 0 /* ScanError.None */;
            tokenOffset = pos;
            lineStartOffset = lineNumber;
            prevTokenLineStartOffset = tokenLineStartOffset;
            if (pos >= len) {
                // at the end
                tokenOffset = len;
                return token = 17 /* SyntaxKind.EOF */;
            }
            let code = text.charCodeAt(pos);
            // trivia: whitespace
            if (isWhiteSpace(code)) {
                do {
                    pos++;
                    value += String.fromCharCode(code);
                    code = text.charCodeAt(pos);
                } while (isWhiteSpace(code));
                return token = 15 /* SyntaxKind.Trivia */;
            }
            // trivia: newlines
            if (isLineBreak(code)) {
                pos++;
                value += String.fromCharCode(code);
                if (code === 13 /* CharacterCodes.carriageReturn */ && text.charCodeAt(pos) === 10 /* CharacterCodes.lineFeed */) {
                    pos++;
                    value += '\n';
                }
                lineNumber++;
                tokenLineStartOffset = pos;
                return token = 14 /* SyntaxKind.LineBreakTrivia */;
            }
            switch (code) {
                // tokens: []{}:,
                case 123 /* CharacterCodes.openBrace */:
                    pos++;
                    return token = 1 /* SyntaxKind.OpenBraceToken */;
                case 125 /* CharacterCodes.closeBrace */:
                    pos++;
                    return token = 2 /* SyntaxKind.CloseBraceToken */;
                case 91 /* CharacterCodes.openBracket */:
                    pos++;
                    return token = 3 /* SyntaxKind.OpenBracketToken */;
                case 93 /* CharacterCodes.closeBracket */:
                    pos++;
                    return token = 4 /* SyntaxKind.CloseBracketToken */;
                case 58 /* CharacterCodes.colon */:
                    pos++;
                    return token = 6 /* SyntaxKind.ColonToken */;
                case 44 /* CharacterCodes.comma */:
                    pos++;
                    return token = 5 /* SyntaxKind.CommaToken */;
                // strings
                case 34 /* CharacterCodes.doubleQuote */:
                    pos++;
                    value = scanString();
                    return token = 10 /* SyntaxKind.StringLiteral */;
                // comments
                case 47 /* CharacterCodes.slash */:
                    const start = pos - 1;
                    // Single-line comment
                    if (text.charCodeAt(pos + 1) === 47 /* CharacterCodes.slash */) {
                        pos += 2;
                        while (pos < len) {
                            if (isLineBreak(text.charCodeAt(pos))) {
                                break;
                            }
                            pos++;
                        }
                        value = text.substring(start, pos);
                        return token = 12 /* SyntaxKind.LineCommentTrivia */;
                    }
                    // Multi-line comment
                    if (text.charCodeAt(pos + 1) === 42 /* CharacterCodes.asterisk */) {
                        pos += 2;
                        const safeLength = len - 1; // For lookahead.
                        let commentClosed = false;
                        while (pos < safeLength) {
                            const ch = text.charCodeAt(pos);
                            if (ch === 42 /* CharacterCodes.asterisk */ && text.charCodeAt(pos + 1) === 47 /* CharacterCodes.slash */) {
                                pos += 2;
                                commentClosed = true;
                                break;
                            }
                            pos++;
                            if (isLineBreak(ch)) {
                                if (ch === 13 /* CharacterCodes.carriageReturn */ && text.charCodeAt(pos) === 10 /* CharacterCodes.lineFeed */) {
                                    pos++;
                                }
                                lineNumber++;
                                tokenLineStartOffset = pos;
                            }
                        }
                        if (!commentClosed) {
                            pos++;
                            scanError = 1 /* ScanError.UnexpectedEndOfComment */;
                        }
                        value = text.substring(start, pos);
                        return token = 13 /* SyntaxKind.BlockCommentTrivia */;
                    }
                    // just a single slash
                    value += String.fromCharCode(code);
                    pos++;
                    return token = 16 /* SyntaxKind.Unknown */;
                // numbers
                case 45 /* CharacterCodes.minus */:
                    value += String.fromCharCode(code);
                    pos++;
                    if (pos === len || !isDigit(text.charCodeAt(pos))) {
                        return token = 16 /* SyntaxKind.Unknown */;
                    }
                // found a minus, followed by a number so
                // we fall through to proceed with scanning
                // numbers
                case 48 /* CharacterCodes._0 */:
                case 49 /* CharacterCodes._1 */:
                case 50 /* CharacterCodes._2 */:
                case 51 /* CharacterCodes._3 */:
                case 52 /* CharacterCodes._4 */:
                case 53 /* CharacterCodes._5 */:
                case 54 /* CharacterCodes._6 */:
                case 55 /* CharacterCodes._7 */:
                case 56 /* CharacterCodes._8 */:
                case 57 /* CharacterCodes._9 */:
                    value += scanNumber();
                    return token = 11 /* SyntaxKind.NumericLiteral */;
                // literals and unknown symbols
                default:
                    // is a literal? Read the full word.
                    while (pos < len && isUnknownContentCharacter(code)) {
                        pos++;
                        code = text.charCodeAt(pos);
                    }
                    if (tokenOffset !== pos) {
                        value = text.substring(tokenOffset, pos);
                        // keywords: true, false, null
                        switch (value) {
                            case 'true': return token = 8 /* SyntaxKind.TrueKeyword */;
                            case 'false': return token = 9 /* SyntaxKind.FalseKeyword */;
                            case 'null': return token = 7 /* SyntaxKind.NullKeyword */;
                        }
                        return token = 16 /* SyntaxKind.Unknown */;
                    }
                    // some
                    value += String.fromCharCode(code);
                    pos++;
                    return token = 16 /* SyntaxKind.Unknown */;
            }
        }
        function isUnknownContentCharacter(code) {
            if (isWhiteSpace(code) || isLineBreak(code)) {
                return false;
            }
            switch (code) {
                case 125 /* CharacterCodes.closeBrace */:
                case 93 /* CharacterCodes.closeBracket */:
                case 123 /* CharacterCodes.openBrace */:
                case 91 /* CharacterCodes.openBracket */:
                case 34 /* CharacterCodes.doubleQuote */:
                case 58 /* CharacterCodes.colon */:
                case 44 /* CharacterCodes.comma */:
                case 47 /* CharacterCodes.slash */:
                    return false;
            }
            return true;
        }
        function scanNextNonTrivia() {
            let result;
            do {
                result = scanNext();
            } while (result >= 12 /* SyntaxKind.LineCommentTrivia */ && result <= 15 /* SyntaxKind.Trivia */);
            return result;
        }
        return {
            setPosition: setPosition,
            getPosition: () => pos,
            scan: ignoreTrivia ? scanNextNonTrivia : scanNext,
            getToken: () => token,
            getTokenValue: () => value,
            getTokenOffset: () => tokenOffset,
            getTokenLength: () => pos - tokenOffset,
            getTokenStartLine: () => lineStartOffset,
            getTokenStartCharacter: () => tokenOffset - prevTokenLineStartOffset,
            getTokenError: () => scanError,
        };
    }
    exports.createScanner = createScanner;
    function isWhiteSpace(ch) {
        return ch === 32 /* CharacterCodes.space */ || ch === 9 /* CharacterCodes.tab */;
    }
    function isLineBreak(ch) {
        return ch === 10 /* CharacterCodes.lineFeed */ || ch === 13 /* CharacterCodes.carriageReturn */;
    }
    function isDigit(ch) {
        return ch >= 48 /* CharacterCodes._0 */ && ch <= 57 /* CharacterCodes._9 */;
    }
    var CharacterCodes;
    (function (CharacterCodes) {
        CharacterCodes[CharacterCodes["lineFeed"] = 10] = "lineFeed";
        CharacterCodes[CharacterCodes["carriageReturn"] = 13] = "carriageReturn";
        CharacterCodes[CharacterCodes["space"] = 32] = "space";
        CharacterCodes[CharacterCodes["_0"] = 48] = "_0";
        CharacterCodes[CharacterCodes["_1"] = 49] = "_1";
        CharacterCodes[CharacterCodes["_2"] = 50] = "_2";
        CharacterCodes[CharacterCodes["_3"] = 51] = "_3";
        CharacterCodes[CharacterCodes["_4"] = 52] = "_4";
        CharacterCodes[CharacterCodes["_5"] = 53] = "_5";
        CharacterCodes[CharacterCodes["_6"] = 54] = "_6";
        CharacterCodes[CharacterCodes["_7"] = 55] = "_7";
        CharacterCodes[CharacterCodes["_8"] = 56] = "_8";
        CharacterCodes[CharacterCodes["_9"] = 57] = "_9";
        CharacterCodes[CharacterCodes["a"] = 97] = "a";
        CharacterCodes[CharacterCodes["b"] = 98] = "b";
        CharacterCodes[CharacterCodes["c"] = 99] = "c";
        CharacterCodes[CharacterCodes["d"] = 100] = "d";
        CharacterCodes[CharacterCodes["e"] = 101] = "e";
        CharacterCodes[CharacterCodes["f"] = 102] = "f";
        CharacterCodes[CharacterCodes["g"] = 103] = "g";
        CharacterCodes[CharacterCodes["h"] = 104] = "h";
        CharacterCodes[CharacterCodes["i"] = 105] = "i";
        CharacterCodes[CharacterCodes["j"] = 106] = "j";
        CharacterCodes[CharacterCodes["k"] = 107] = "k";
        CharacterCodes[CharacterCodes["l"] = 108] = "l";
        CharacterCodes[CharacterCodes["m"] = 109] = "m";
        CharacterCodes[CharacterCodes["n"] = 110] = "n";
        CharacterCodes[CharacterCodes["o"] = 111] = "o";
        CharacterCodes[CharacterCodes["p"] = 112] = "p";
        CharacterCodes[CharacterCodes["q"] = 113] = "q";
        CharacterCodes[CharacterCodes["r"] = 114] = "r";
        CharacterCodes[CharacterCodes["s"] = 115] = "s";
        CharacterCodes[CharacterCodes["t"] = 116] = "t";
        CharacterCodes[CharacterCodes["u"] = 117] = "u";
        CharacterCodes[CharacterCodes["v"] = 118] = "v";
        CharacterCodes[CharacterCodes["w"] = 119] = "w";
        CharacterCodes[CharacterCodes["x"] = 120] = "x";
        CharacterCodes[CharacterCodes["y"] = 121] = "y";
        CharacterCodes[CharacterCodes["z"] = 122] = "z";
        CharacterCodes[CharacterCodes["A"] = 65] = "A";
        CharacterCodes[CharacterCodes["B"] = 66] = "B";
        CharacterCodes[CharacterCodes["C"] = 67] = "C";
        CharacterCodes[CharacterCodes["D"] = 68] = "D";
        CharacterCodes[CharacterCodes["E"] = 69] = "E";
        CharacterCodes[CharacterCodes["F"] = 70] = "F";
        CharacterCodes[CharacterCodes["G"] = 71] = "G";
        CharacterCodes[CharacterCodes["H"] = 72] = "H";
        CharacterCodes[CharacterCodes["I"] = 73] = "I";
        CharacterCodes[CharacterCodes["J"] = 74] = "J";
        CharacterCodes[CharacterCodes["K"] = 75] = "K";
        CharacterCodes[CharacterCodes["L"] = 76] = "L";
        CharacterCodes[CharacterCodes["M"] = 77] = "M";
        CharacterCodes[CharacterCodes["N"] = 78] = "N";
        CharacterCodes[CharacterCodes["O"] = 79] = "O";
        CharacterCodes[CharacterCodes["P"] = 80] = "P";
        CharacterCodes[CharacterCodes["Q"] = 81] = "Q";
        CharacterCodes[CharacterCodes["R"] = 82] = "R";
        CharacterCodes[CharacterCodes["S"] = 83] = "S";
        CharacterCodes[CharacterCodes["T"] = 84] = "T";
        CharacterCodes[CharacterCodes["U"] = 85] = "U";
        CharacterCodes[CharacterCodes["V"] = 86] = "V";
        CharacterCodes[CharacterCodes["W"] = 87] = "W";
        CharacterCodes[CharacterCodes["X"] = 88] = "X";
        CharacterCodes[CharacterCodes["Y"] = 89] = "Y";
        CharacterCodes[CharacterCodes["Z"] = 90] = "Z";
        CharacterCodes[CharacterCodes["asterisk"] = 42] = "asterisk";
        CharacterCodes[CharacterCodes["backslash"] = 92] = "backslash";
        CharacterCodes[CharacterCodes["closeBrace"] = 125] = "closeBrace";
        CharacterCodes[CharacterCodes["closeBracket"] = 93] = "closeBracket";
        CharacterCodes[CharacterCodes["colon"] = 58] = "colon";
        CharacterCodes[CharacterCodes["comma"] = 44] = "comma";
        CharacterCodes[CharacterCodes["dot"] = 46] = "dot";
        CharacterCodes[CharacterCodes["doubleQuote"] = 34] = "doubleQuote";
        CharacterCodes[CharacterCodes["minus"] = 45] = "minus";
        CharacterCodes[CharacterCodes["openBrace"] = 123] = "openBrace";
        CharacterCodes[CharacterCodes["openBracket"] = 91] = "openBracket";
        CharacterCodes[CharacterCodes["plus"] = 43] = "plus";
        CharacterCodes[CharacterCodes["slash"] = 47] = "slash";
        CharacterCodes[CharacterCodes["formFeed"] = 12] = "formFeed";
        CharacterCodes[CharacterCodes["tab"] = 9] = "tab";
    })(CharacterCodes || (CharacterCodes = {}));
});


/***/ }),

/***/ 4013:
/***/ ((module, exports) => {

(function (factory) {
    if ( true && typeof module.exports === "object") {
        var v = factory(require, exports);
        if (v !== undefined) module.exports = v;
    }
    else if (typeof define === "function" && define.amd) {
        define(["require", "exports"], factory);
    }
})(function () {
    "use strict";
    Object.defineProperty(exports, "__esModule", ({ value: true }));
    exports.supportedEols = exports.cachedBreakLinesWithSpaces = exports.cachedSpaces = void 0;
    exports.cachedSpaces = new Array(20).fill(0).map((_, index) => {
        return ' '.repeat(index);
    });
    const maxCachedValues = 200;
    exports.cachedBreakLinesWithSpaces = {
        ' ': {
            '\n': new Array(maxCachedValues).fill(0).map((_, index) => {
                return '\n' + ' '.repeat(index);
            }),
            '\r': new Array(maxCachedValues).fill(0).map((_, index) => {
                return '\r' + ' '.repeat(index);
            }),
            '\r\n': new Array(maxCachedValues).fill(0).map((_, index) => {
                return '\r\n' + ' '.repeat(index);
            }),
        },
        '\t': {
            '\n': new Array(maxCachedValues).fill(0).map((_, index) => {
                return '\n' + '\t'.repeat(index);
            }),
            '\r': new Array(maxCachedValues).fill(0).map((_, index) => {
                return '\r' + '\t'.repeat(index);
            }),
            '\r\n': new Array(maxCachedValues).fill(0).map((_, index) => {
                return '\r\n' + '\t'.repeat(index);
            }),
        }
    };
    exports.supportedEols = ['\n', '\r', '\r\n'];
});


/***/ }),

/***/ 3105:
/***/ ((module, exports, __nccwpck_require__) => {

(function (factory) {
    if ( true && typeof module.exports === "object") {
        var v = factory(require, exports);
        if (v !== undefined) module.exports = v;
    }
    else if (typeof define === "function" && define.amd) {
        define(["require", "exports", "./impl/format", "./impl/edit", "./impl/scanner", "./impl/parser"], factory);
    }
})(function () {
    /*---------------------------------------------------------------------------------------------
     *  Copyright (c) Microsoft Corporation. All rights reserved.
     *  Licensed under the MIT License. See License.txt in the project root for license information.
     *--------------------------------------------------------------------------------------------*/
    'use strict';
    Object.defineProperty(exports, "__esModule", ({ value: true }));
    exports.applyEdits = exports.modify = exports.format = exports.printParseErrorCode = exports.ParseErrorCode = exports.stripComments = exports.visit = exports.getNodeValue = exports.getNodePath = exports.findNodeAtOffset = exports.findNodeAtLocation = exports.parseTree = exports.parse = exports.getLocation = exports.SyntaxKind = exports.ScanError = exports.createScanner = void 0;
    const formatter = __nccwpck_require__(458);
    const edit = __nccwpck_require__(8385);
    const scanner = __nccwpck_require__(8263);
    const parser = __nccwpck_require__(110);
    /**
     * Creates a JSON scanner on the given text.
     * If ignoreTrivia is set, whitespaces or comments are ignored.
     */
    exports.createScanner = scanner.createScanner;
    var ScanError;
    (function (ScanError) {
        ScanError[ScanError["None"] = 0] = "None";
        ScanError[ScanError["UnexpectedEndOfComment"] = 1] = "UnexpectedEndOfComment";
        ScanError[ScanError["UnexpectedEndOfString"] = 2] = "UnexpectedEndOfString";
        ScanError[ScanError["UnexpectedEndOfNumber"] = 3] = "UnexpectedEndOfNumber";
        ScanError[ScanError["InvalidUnicode"] = 4] = "InvalidUnicode";
        ScanError[ScanError["InvalidEscapeCharacter"] = 5] = "InvalidEscapeCharacter";
        ScanError[ScanError["InvalidCharacter"] = 6] = "InvalidCharacter";
    })(ScanError || (exports.ScanError = ScanError = {}));
    var SyntaxKind;
    (function (SyntaxKind) {
        SyntaxKind[SyntaxKind["OpenBraceToken"] = 1] = "OpenBraceToken";
        SyntaxKind[SyntaxKind["CloseBraceToken"] = 2] = "CloseBraceToken";
        SyntaxKind[SyntaxKind["OpenBracketToken"] = 3] = "OpenBracketToken";
        SyntaxKind[SyntaxKind["CloseBracketToken"] = 4] = "CloseBracketToken";
        SyntaxKind[SyntaxKind["CommaToken"] = 5] = "CommaToken";
        SyntaxKind[SyntaxKind["ColonToken"] = 6] = "ColonToken";
        SyntaxKind[SyntaxKind["NullKeyword"] = 7] = "NullKeyword";
        SyntaxKind[SyntaxKind["TrueKeyword"] = 8] = "TrueKeyword";
        SyntaxKind[SyntaxKind["FalseKeyword"] = 9] = "FalseKeyword";
        SyntaxKind[SyntaxKind["StringLiteral"] = 10] = "StringLiteral";
        SyntaxKind[SyntaxKind["NumericLiteral"] = 11] = "NumericLiteral";
        SyntaxKind[SyntaxKind["LineCommentTrivia"] = 12] = "LineCommentTrivia";
        SyntaxKind[SyntaxKind["BlockCommentTrivia"] = 13] = "BlockCommentTrivia";
        SyntaxKind[SyntaxKind["LineBreakTrivia"] = 14] = "LineBreakTrivia";
        SyntaxKind[SyntaxKind["Trivia"] = 15] = "Trivia";
        SyntaxKind[SyntaxKind["Unknown"] = 16] = "Unknown";
        SyntaxKind[SyntaxKind["EOF"] = 17] = "EOF";
    })(SyntaxKind || (exports.SyntaxKind = SyntaxKind = {}));
    /**
     * For a given offset, evaluate the location in the JSON document. Each segment in the location path is either a property name or an array index.
     */
    exports.getLocation = parser.getLocation;
    /**
     * Parses the given text and returns the object the JSON content represents. On invalid input, the parser tries to be as fault tolerant as possible, but still return a result.
     * Therefore, always check the errors list to find out if the input was valid.
     */
    exports.parse = parser.parse;
    /**
     * Parses the given text and returns a tree representation the JSON content. On invalid input, the parser tries to be as fault tolerant as possible, but still return a result.
     */
    exports.parseTree = parser.parseTree;
    /**
     * Finds the node at the given path in a JSON DOM.
     */
    exports.findNodeAtLocation = parser.findNodeAtLocation;
    /**
     * Finds the innermost node at the given offset. If includeRightBound is set, also finds nodes that end at the given offset.
     */
    exports.findNodeAtOffset = parser.findNodeAtOffset;
    /**
     * Gets the JSON path of the given JSON DOM node
     */
    exports.getNodePath = parser.getNodePath;
    /**
     * Evaluates the JavaScript object of the given JSON DOM node
     */
    exports.getNodeValue = parser.getNodeValue;
    /**
     * Parses the given text and invokes the visitor functions for each object, array and literal reached.
     */
    exports.visit = parser.visit;
    /**
     * Takes JSON with JavaScript-style comments and remove
     * them. Optionally replaces every none-newline character
     * of comments with a replaceCharacter
     */
    exports.stripComments = parser.stripComments;
    var ParseErrorCode;
    (function (ParseErrorCode) {
        ParseErrorCode[ParseErrorCode["InvalidSymbol"] = 1] = "InvalidSymbol";
        ParseErrorCode[ParseErrorCode["InvalidNumberFormat"] = 2] = "InvalidNumberFormat";
        ParseErrorCode[ParseErrorCode["PropertyNameExpected"] = 3] = "PropertyNameExpected";
        ParseErrorCode[ParseErrorCode["ValueExpected"] = 4] = "ValueExpected";
        ParseErrorCode[ParseErrorCode["ColonExpected"] = 5] = "ColonExpected";
        ParseErrorCode[ParseErrorCode["CommaExpected"] = 6] = "CommaExpected";
        ParseErrorCode[ParseErrorCode["CloseBraceExpected"] = 7] = "CloseBraceExpected";
        ParseErrorCode[ParseErrorCode["CloseBracketExpected"] = 8] = "CloseBracketExpected";
        ParseErrorCode[ParseErrorCode["EndOfFileExpected"] = 9] = "EndOfFileExpected";
        ParseErrorCode[ParseErrorCode["InvalidCommentToken"] = 10] = "InvalidCommentToken";
        ParseErrorCode[ParseErrorCode["UnexpectedEndOfComment"] = 11] = "UnexpectedEndOfComment";
        ParseErrorCode[ParseErrorCode["UnexpectedEndOfString"] = 12] = "UnexpectedEndOfString";
        ParseErrorCode[ParseErrorCode["UnexpectedEndOfNumber"] = 13] = "UnexpectedEndOfNumber";
        ParseErrorCode[ParseErrorCode["InvalidUnicode"] = 14] = "InvalidUnicode";
        ParseErrorCode[ParseErrorCode["InvalidEscapeCharacter"] = 15] = "InvalidEscapeCharacter";
        ParseErrorCode[ParseErrorCode["InvalidCharacter"] = 16] = "InvalidCharacter";
    })(ParseErrorCode || (exports.ParseErrorCode = ParseErrorCode = {}));
    function printParseErrorCode(code) {
        switch (code) {
            case 1 /* ParseErrorCode.InvalidSymbol */: return 'InvalidSymbol';
            case 2 /* ParseErrorCode.InvalidNumberFormat */: return 'InvalidNumberFormat';
            case 3 /* ParseErrorCode.PropertyNameExpected */: return 'PropertyNameExpected';
            case 4 /* ParseErrorCode.ValueExpected */: return 'ValueExpected';
            case 5 /* ParseErrorCode.ColonExpected */: return 'ColonExpected';
            case 6 /* ParseErrorCode.CommaExpected */: return 'CommaExpected';
            case 7 /* ParseErrorCode.CloseBraceExpected */: return 'CloseBraceExpected';
            case 8 /* ParseErrorCode.CloseBracketExpected */: return 'CloseBracketExpected';
            case 9 /* ParseErrorCode.EndOfFileExpected */: return 'EndOfFileExpected';
            case 10 /* ParseErrorCode.InvalidCommentToken */: return 'InvalidCommentToken';
            case 11 /* ParseErrorCode.UnexpectedEndOfComment */: return 'UnexpectedEndOfComment';
            case 12 /* ParseErrorCode.UnexpectedEndOfString */: return 'UnexpectedEndOfString';
            case 13 /* ParseErrorCode.UnexpectedEndOfNumber */: return 'UnexpectedEndOfNumber';
            case 14 /* ParseErrorCode.InvalidUnicode */: return 'InvalidUnicode';
            case 15 /* ParseErrorCode.InvalidEscapeCharacter */: return 'InvalidEscapeCharacter';
            case 16 /* ParseErrorCode.InvalidCharacter */: return 'InvalidCharacter';
        }
        return '<unknown ParseErrorCode>';
    }
    exports.printParseErrorCode = printParseErrorCode;
    /**
     * Computes the edit operations needed to format a JSON document.
     *
     * @param documentText The input text
     * @param range The range to format or `undefined` to format the full content
     * @param options The formatting options
     * @returns The edit operations describing the formatting changes to the original document following the format described in {@linkcode EditResult}.
     * To apply the edit operations to the input, use {@linkcode applyEdits}.
     */
    function format(documentText, range, options) {
        return formatter.format(documentText, range, options);
    }
    exports.format = format;
    /**
     * Computes the edit operations needed to modify a value in the JSON document.
     *
     * @param documentText The input text
     * @param path The path of the value to change. The path represents either to the document root, a property or an array item.
     * If the path points to an non-existing property or item, it will be created.
     * @param value The new value for the specified property or item. If the value is undefined,
     * the property or item will be removed.
     * @param options Options
     * @returns The edit operations describing the changes to the original document, following the format described in {@linkcode EditResult}.
     * To apply the edit operations to the input, use {@linkcode applyEdits}.
     */
    function modify(text, path, value, options) {
        return edit.setProperty(text, path, value, options);
    }
    exports.modify = modify;
    /**
     * Applies edits to an input string.
     * @param text The input text
     * @param edits Edit operations following the format described in {@linkcode EditResult}.
     * @returns The text with the applied edits.
     * @throws An error if the edit operations are not well-formed as described in {@linkcode EditResult}.
     */
    function applyEdits(text, edits) {
        let sortedEdits = edits.slice(0).sort((a, b) => {
            const diff = a.offset - b.offset;
            if (diff === 0) {
                return a.length - b.length;
            }
            return diff;
        });
        let lastModifiedOffset = text.length;
        for (let i = sortedEdits.length - 1; i >= 0; i--) {
            let e = sortedEdits[i];
            if (e.offset + e.length <= lastModifiedOffset) {
                text = edit.applyEdit(text, e);
            }
            else {
                throw new Error('Overlapping edit');
            }
            lastModifiedOffset = e.offset;
        }
        return text;
    }
    exports.applyEdits = applyEdits;
});


/***/ }),

/***/ 181:
/***/ ((module) => {

"use strict";
module.exports = require("buffer");

/***/ }),

/***/ 932:
/***/ ((module) => {

"use strict";
module.exports = require("process");

/***/ }),

/***/ 3043:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

"use strict";


var identity = __nccwpck_require__(1737);
var Scalar = __nccwpck_require__(1543);
var YAMLMap = __nccwpck_require__(1856);
var YAMLSeq = __nccwpck_require__(3013);
var resolveBlockMap = __nccwpck_require__(9573);
var resolveBlockSeq = __nccwpck_require__(1120);
var resolveFlowCollection = __nccwpck_require__(8884);

function resolveCollection(CN, ctx, token, onError, tagName, tag) {
    const coll = token.type === 'block-map'
        ? resolveBlockMap.resolveBlockMap(CN, ctx, token, onError, tag)
        : token.type === 'block-seq'
            ? resolveBlockSeq.resolveBlockSeq(CN, ctx, token, onError, tag)
            : resolveFlowCollection.resolveFlowCollection(CN, ctx, token, onError, tag);
    const Coll = coll.constructor;
    // If we got a tagName matching the class, or the tag name is '!',
    // then use the tagName from the node class used to create it.
    if (tagName === '!' || tagName === Coll.tagName) {
        coll.tag = Coll.tagName;
        return coll;
    }
    if (tagName)
        coll.tag = tagName;
    return coll;
}
function composeCollection(CN, ctx, token, props, onError) {
    const tagToken = props.tag;
    const tagName = !tagToken
        ? null
        : ctx.directives.tagName(tagToken.source, msg => onError(tagToken, 'TAG_RESOLVE_FAILED', msg));
    if (token.type === 'block-seq') {
        const { anchor, newlineAfterProp: nl } = props;
        const lastProp = anchor && tagToken
            ? anchor.offset > tagToken.offset
                ? anchor
                : tagToken
            : (anchor ?? tagToken);
        if (lastProp && (!nl || nl.offset < lastProp.offset)) {
            const message = 'Missing newline after block sequence props';
            onError(lastProp, 'MISSING_CHAR', message);
        }
    }
    const expType = token.type === 'block-map'
        ? 'map'
        : token.type === 'block-seq'
            ? 'seq'
            : token.start.source === '{'
                ? 'map'
                : 'seq';
    // shortcut: check if it's a generic YAMLMap or YAMLSeq
    // before jumping into the custom tag logic.
    if (!tagToken ||
        !tagName ||
        tagName === '!' ||
        (tagName === YAMLMap.YAMLMap.tagName && expType === 'map') ||
        (tagName === YAMLSeq.YAMLSeq.tagName && expType === 'seq')) {
        return resolveCollection(CN, ctx, token, onError, tagName);
    }
    let tag = ctx.schema.tags.find(t => t.tag === tagName && t.collection === expType);
    if (!tag) {
        const kt = ctx.schema.knownTags[tagName];
        if (kt?.collection === expType) {
            ctx.schema.tags.push(Object.assign({}, kt, { default: false }));
            tag = kt;
        }
        else {
            if (kt) {
                onError(tagToken, 'BAD_COLLECTION_TYPE', `${kt.tag} used for ${expType} collection, but expects ${kt.collection ?? 'scalar'}`, true);
            }
            else {
                onError(tagToken, 'TAG_RESOLVE_FAILED', `Unresolved tag: ${tagName}`, true);
            }
            return resolveCollection(CN, ctx, token, onError, tagName);
        }
    }
    const coll = resolveCollection(CN, ctx, token, onError, tagName, tag);
    const res = tag.resolve?.(coll, msg => onError(tagToken, 'TAG_RESOLVE_FAILED', msg), ctx.options) ?? coll;
    const node = identity.isNode(res)
        ? res
        : new Scalar.Scalar(res);
    node.range = coll.range;
    node.tag = tagName;
    if (tag?.format)
        node.format = tag.format;
    return node;
}

exports.composeCollection = composeCollection;


/***/ }),

/***/ 4153:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

"use strict";


var Document = __nccwpck_require__(3915);
var composeNode = __nccwpck_require__(7691);
var resolveEnd = __nccwpck_require__(2022);
var resolveProps = __nccwpck_require__(3121);

function composeDoc(options, directives, { offset, start, value, end }, onError) {
    const opts = Object.assign({ _directives: directives }, options);
    const doc = new Document.Document(undefined, opts);
    const ctx = {
        atKey: false,
        atRoot: true,
        directives: doc.directives,
        options: doc.options,
        schema: doc.schema
    };
    const props = resolveProps.resolveProps(start, {
        indicator: 'doc-start',
        next: value ?? end?.[0],
        offset,
        onError,
        parentIndent: 0,
        startOnNewline: true
    });
    if (props.found) {
        doc.directives.docStart = true;
        if (value &&
            (value.type === 'block-map' || value.type === 'block-seq') &&
            !props.hasNewline)
            onError(props.end, 'MISSING_CHAR', 'Block collection cannot start on same line with directives-end marker');
    }
    // @ts-expect-error If Contents is set, let's trust the user
    doc.contents = value
        ? composeNode.composeNode(ctx, value, props, onError)
        : composeNode.composeEmptyNode(ctx, props.end, start, null, props, onError);
    const contentEnd = doc.contents.range[2];
    const re = resolveEnd.resolveEnd(end, contentEnd, false, onError);
    if (re.comment)
        doc.comment = re.comment;
    doc.range = [offset, contentEnd, re.offset];
    return doc;
}

exports.composeDoc = composeDoc;


/***/ }),

/***/ 7691:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

"use strict";


var Alias = __nccwpck_require__(7);
var identity = __nccwpck_require__(1737);
var composeCollection = __nccwpck_require__(3043);
var composeScalar = __nccwpck_require__(6547);
var resolveEnd = __nccwpck_require__(2022);
var utilEmptyScalarPosition = __nccwpck_require__(3933);

const CN = { composeNode, composeEmptyNode };
function composeNode(ctx, token, props, onError) {
    const atKey = ctx.atKey;
    const { spaceBefore, comment, anchor, tag } = props;
    let node;
    let isSrcToken = true;
    switch (token.type) {
        case 'alias':
            node = composeAlias(ctx, token, onError);
            if (anchor || tag)
                onError(token, 'ALIAS_PROPS', 'An alias node must not specify any properties');
            break;
        case 'scalar':
        case 'single-quoted-scalar':
        case 'double-quoted-scalar':
        case 'block-scalar':
            node = composeScalar.composeScalar(ctx, token, tag, onError);
            if (anchor)
                node.anchor = anchor.source.substring(1);
            break;
        case 'block-map':
        case 'block-seq':
        case 'flow-collection':
            try {
                node = composeCollection.composeCollection(CN, ctx, token, props, onError);
                if (anchor)
                    node.anchor = anchor.source.substring(1);
            }
            catch (error) {
                // Almost certainly here due to a stack overflow
                const message = error instanceof Error ? error.message : String(error);
                onError(token, 'RESOURCE_EXHAUSTION', message);
            }
            break;
        default: {
            const message = token.type === 'error'
                ? token.message
                : `Unsupported token (type: ${token.type})`;
            onError(token, 'UNEXPECTED_TOKEN', message);
            isSrcToken = false;
        }
    }
    node ?? (node = composeEmptyNode(ctx, token.offset, undefined, null, props, onError));
    if (anchor && node.anchor === '')
        onError(anchor, 'BAD_ALIAS', 'Anchor cannot be an empty string');
    if (atKey &&
        ctx.options.stringKeys &&
        (!identity.isScalar(node) ||
            typeof node.value !== 'string' ||
            (node.tag && node.tag !== 'tag:yaml.org,2002:str'))) {
        const msg = 'With stringKeys, all keys must be strings';
        onError(tag ?? token, 'NON_STRING_KEY', msg);
    }
    if (spaceBefore)
        node.spaceBefore = true;
    if (comment) {
        if (token.type === 'scalar' && token.source === '')
            node.comment = comment;
        else
            node.commentBefore = comment;
    }
    // @ts-expect-error Type checking misses meaning of isSrcToken
    if (ctx.options.keepSourceTokens && isSrcToken)
        node.srcToken = token;
    return node;
}
function composeEmptyNode(ctx, offset, before, pos, { spaceBefore, comment, anchor, tag, end }, onError) {
    const token = {
        type: 'scalar',
        offset: utilEmptyScalarPosition.emptyScalarPosition(offset, before, pos),
        indent: -1,
        source: ''
    };
    const node = composeScalar.composeScalar(ctx, token, tag, onError);
    if (anchor) {
        node.anchor = anchor.source.substring(1);
        if (node.anchor === '')
            onError(anchor, 'BAD_ALIAS', 'Anchor cannot be an empty string');
    }
    if (spaceBefore)
        node.spaceBefore = true;
    if (comment) {
        node.comment = comment;
        node.range[2] = end;
    }
    return node;
}
function composeAlias({ options }, { offset, source, end }, onError) {
    const alias = new Alias.Alias(source.substring(1));
    if (alias.source === '')
        onError(offset, 'BAD_ALIAS', 'Alias cannot be an empty string');
    if (alias.source.endsWith(':'))
        onError(offset + source.length - 1, 'BAD_ALIAS', 'Alias ending in : is ambiguous', true);
    const valueEnd = offset + source.length;
    const re = resolveEnd.resolveEnd(end, valueEnd, options.strict, onError);
    alias.range = [offset, valueEnd, re.offset];
    if (re.comment)
        alias.comment = re.comment;
    return alias;
}

exports.composeEmptyNode = composeEmptyNode;
exports.composeNode = composeNode;


/***/ }),

/***/ 6547:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

"use strict";


var identity = __nccwpck_require__(1737);
var Scalar = __nccwpck_require__(1543);
var resolveBlockScalar = __nccwpck_require__(1399);
var resolveFlowScalar = __nccwpck_require__(2976);

function composeScalar(ctx, token, tagToken, onError) {
    const { value, type, comment, range } = token.type === 'block-scalar'
        ? resolveBlockScalar.resolveBlockScalar(ctx, token, onError)
        : resolveFlowScalar.resolveFlowScalar(token, ctx.options.strict, onError);
    const tagName = tagToken
        ? ctx.directives.tagName(tagToken.source, msg => onError(tagToken, 'TAG_RESOLVE_FAILED', msg))
        : null;
    let tag;
    if (ctx.options.stringKeys && ctx.atKey) {
        tag = ctx.schema[identity.SCALAR];
    }
    else if (tagName)
        tag = findScalarTagByName(ctx.schema, value, tagName, tagToken, onError);
    else if (token.type === 'scalar')
        tag = findScalarTagByTest(ctx, value, token, onError);
    else
        tag = ctx.schema[identity.SCALAR];
    let scalar;
    try {
        const res = tag.resolve(value, msg => onError(tagToken ?? token, 'TAG_RESOLVE_FAILED', msg), ctx.options);
        scalar = identity.isScalar(res) ? res : new Scalar.Scalar(res);
    }
    catch (error) {
        const msg = error instanceof Error ? error.message : String(error);
        onError(tagToken ?? token, 'TAG_RESOLVE_FAILED', msg);
        scalar = new Scalar.Scalar(value);
    }
    scalar.range = range;
    scalar.source = value;
    if (type)
        scalar.type = type;
    if (tagName)
        scalar.tag = tagName;
    if (tag.format)
        scalar.format = tag.format;
    if (comment)
        scalar.comment = comment;
    return scalar;
}
function findScalarTagByName(schema, value, tagName, tagToken, onError) {
    if (tagName === '!')
        return schema[identity.SCALAR]; // non-specific tag
    const matchWithTest = [];
    for (const tag of schema.tags) {
        if (!tag.collection && tag.tag === tagName) {
            if (tag.default && tag.test)
                matchWithTest.push(tag);
            else
                return tag;
        }
    }
    for (const tag of matchWithTest)
        if (tag.test?.test(value))
            return tag;
    const kt = schema.knownTags[tagName];
    if (kt && !kt.collection) {
        // Ensure that the known tag is available for stringifying,
        // but does not get used by default.
        schema.tags.push(Object.assign({}, kt, { default: false, test: undefined }));
        return kt;
    }
    onError(tagToken, 'TAG_RESOLVE_FAILED', `Unresolved tag: ${tagName}`, tagName !== 'tag:yaml.org,2002:str');
    return schema[identity.SCALAR];
}
function findScalarTagByTest({ atKey, directives, schema }, value, token, onError) {
    const tag = schema.tags.find(tag => (tag.default === true || (atKey && tag.default === 'key')) &&
        tag.test?.test(value)) || schema[identity.SCALAR];
    if (schema.compat) {
        const compat = schema.compat.find(tag => tag.default && tag.test?.test(value)) ??
            schema[identity.SCALAR];
        if (tag.tag !== compat.tag) {
            const ts = directives.tagString(tag.tag);
            const cs = directives.tagString(compat.tag);
            const msg = `Value may be parsed as either ${ts} or ${cs}`;
            onError(token, 'TAG_RESOLVE_FAILED', msg, true);
        }
    }
    return tag;
}

exports.composeScalar = composeScalar;


/***/ }),

/***/ 2814:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

"use strict";


var node_process = __nccwpck_require__(932);
var directives = __nccwpck_require__(2768);
var Document = __nccwpck_require__(3915);
var errors = __nccwpck_require__(8450);
var identity = __nccwpck_require__(1737);
var composeDoc = __nccwpck_require__(4153);
var resolveEnd = __nccwpck_require__(2022);

function getErrorPos(src) {
    if (typeof src === 'number')
        return [src, src + 1];
    if (Array.isArray(src))
        return src.length === 2 ? src : [src[0], src[1]];
    const { offset, source } = src;
    return [offset, offset + (typeof source === 'string' ? source.length : 1)];
}
function parsePrelude(prelude) {
    let comment = '';
    let atComment = false;
    let afterEmptyLine = false;
    for (let i = 0; i < prelude.length; ++i) {
        const source = prelude[i];
        switch (source[0]) {
            case '#':
                comment +=
                    (comment === '' ? '' : afterEmptyLine ? '\n\n' : '\n') +
                        (source.substring(1) || ' ');
                atComment = true;
                afterEmptyLine = false;
                break;
            case '%':
                if (prelude[i + 1]?.[0] !== '#')
                    i += 1;
                atComment = false;
                break;
            default:
                // This may be wrong after doc-end, but in that case it doesn't matter
                if (!atComment)
                    afterEmptyLine = true;
                atComment = false;
        }
    }
    return { comment, afterEmptyLine };
}
/**
 * Compose a stream of CST nodes into a stream of YAML Documents.
 *
 * ```ts
 * import { Composer, Parser } from 'yaml'
 *
 * const src: string = ...
 * const tokens = new Parser().parse(src)
 * const docs = new Composer().compose(tokens)
 * ```
 */
class Composer {
    constructor(options = {}) {
        this.doc = null;
        this.atDirectives = false;
        this.prelude = [];
        this.errors = [];
        this.warnings = [];
        this.onError = (source, code, message, warning) => {
            const pos = getErrorPos(source);
            if (warning)
                this.warnings.push(new errors.YAMLWarning(pos, code, message));
            else
                this.errors.push(new errors.YAMLParseError(pos, code, message));
        };
        // eslint-disable-next-line @typescript-eslint/prefer-nullish-coalescing
        this.directives = new directives.Directives({ version: options.version || '1.2' });
        this.options = options;
    }
    decorate(doc, afterDoc) {
        const { comment, afterEmptyLine } = parsePrelude(this.prelude);
        //console.log({ dc: doc.comment, prelude, comment })
        if (comment) {
            const dc = doc.contents;
            if (afterDoc) {
                doc.comment = doc.comment ? `${doc.comment}\n${comment}` : comment;
            }
            else if (afterEmptyLine || doc.directives.docStart || !dc) {
                doc.commentBefore = comment;
            }
            else if (identity.isCollection(dc) && !dc.flow && dc.items.length > 0) {
                let it = dc.items[0];
                if (identity.isPair(it))
                    it = it.key;
                const cb = it.commentBefore;
                it.commentBefore = cb ? `${comment}\n${cb}` : comment;
            }
            else {
                const cb = dc.commentBefore;
                dc.commentBefore = cb ? `${comment}\n${cb}` : comment;
            }
        }
        if (afterDoc) {
            for (let i = 0; i < this.errors.length; ++i)
                doc.errors.push(this.errors[i]);
            for (let i = 0; i < this.warnings.length; ++i)
                doc.warnings.push(this.warnings[i]);
        }
        else {
            doc.errors = this.errors;
            doc.warnings = this.warnings;
        }
        this.prelude = [];
        this.errors = [];
        this.warnings = [];
    }
    /**
     * Current stream status information.
     *
     * Mostly useful at the end of input for an empty stream.
     */
    streamInfo() {
        return {
            comment: parsePrelude(this.prelude).comment,
            directives: this.directives,
            errors: this.errors,
            warnings: this.warnings
        };
    }
    /**
     * Compose tokens into documents.
     *
     * @param forceDoc - If the stream contains no document, still emit a final document including any comments and directives that would be applied to a subsequent document.
     * @param endOffset - Should be set if `forceDoc` is also set, to set the document range end and to indicate errors correctly.
     */
    *compose(tokens, forceDoc = false, endOffset = -1) {
        for (const token of tokens)
            yield* this.next(token);
        yield* this.end(forceDoc, endOffset);
    }
    /** Advance the composer by one CST token. */
    *next(token) {
        if (node_process.env.LOG_STREAM)
            console.dir(token, { depth: null });
        switch (token.type) {
            case 'directive':
                this.directives.add(token.source, (offset, message, warning) => {
                    const pos = getErrorPos(token);
                    pos[0] += offset;
                    this.onError(pos, 'BAD_DIRECTIVE', message, warning);
                });
                this.prelude.push(token.source);
                this.atDirectives = true;
                break;
            case 'document': {
                const doc = composeDoc.composeDoc(this.options, this.directives, token, this.onError);
                if (this.atDirectives && !doc.directives.docStart)
                    this.onError(token, 'MISSING_CHAR', 'Missing directives-end/doc-start indicator line');
                this.decorate(doc, false);
                if (this.doc)
                    yield this.doc;
                this.doc = doc;
                this.atDirectives = false;
                break;
            }
            case 'byte-order-mark':
            case 'space':
                break;
            case 'comment':
            case 'newline':
                this.prelude.push(token.source);
                break;
            case 'error': {
                const msg = token.source
                    ? `${token.message}: ${JSON.stringify(token.source)}`
                    : token.message;
                const error = new errors.YAMLParseError(getErrorPos(token), 'UNEXPECTED_TOKEN', msg);
                if (this.atDirectives || !this.doc)
                    this.errors.push(error);
                else
                    this.doc.errors.push(error);
                break;
            }
            case 'doc-end': {
                if (!this.doc) {
                    const msg = 'Unexpected doc-end without preceding document';
                    this.errors.push(new errors.YAMLParseError(getErrorPos(token), 'UNEXPECTED_TOKEN', msg));
                    break;
                }
                this.doc.directives.docEnd = true;
                const end = resolveEnd.resolveEnd(token.end, token.offset + token.source.length, this.doc.options.strict, this.onError);
                this.decorate(this.doc, true);
                if (end.comment) {
                    const dc = this.doc.comment;
                    this.doc.comment = dc ? `${dc}\n${end.comment}` : end.comment;
                }
                this.doc.range[2] = end.offset;
                break;
            }
            default:
                this.errors.push(new errors.YAMLParseError(getErrorPos(token), 'UNEXPECTED_TOKEN', `Unsupported token ${token.type}`));
        }
    }
    /**
     * Call at end of input to yield any remaining document.
     *
     * @param forceDoc - If the stream contains no document, still emit a final document including any comments and directives that would be applied to a subsequent document.
     * @param endOffset - Should be set if `forceDoc` is also set, to set the document range end and to indicate errors correctly.
     */
    *end(forceDoc = false, endOffset = -1) {
        if (this.doc) {
            this.decorate(this.doc, true);
            yield this.doc;
            this.doc = null;
        }
        else if (forceDoc) {
            const opts = Object.assign({ _directives: this.directives }, this.options);
            const doc = new Document.Document(undefined, opts);
            if (this.atDirectives)
                this.onError(endOffset, 'MISSING_CHAR', 'Missing directives-end indicator line');
            doc.range = [0, endOffset, endOffset];
            this.decorate(doc, false);
            yield doc;
        }
    }
}

exports.Composer = Composer;


/***/ }),

/***/ 9573:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

"use strict";


var Pair = __nccwpck_require__(7567);
var YAMLMap = __nccwpck_require__(1856);
var resolveProps = __nccwpck_require__(3121);
var utilContainsNewline = __nccwpck_require__(7865);
var utilFlowIndentCheck = __nccwpck_require__(5637);
var utilMapIncludes = __nccwpck_require__(1117);

const startColMsg = 'All mapping items must start at the same column';
function resolveBlockMap({ composeNode, composeEmptyNode }, ctx, bm, onError, tag) {
    const NodeClass = tag?.nodeClass ?? YAMLMap.YAMLMap;
    const map = new NodeClass(ctx.schema);
    if (ctx.atRoot)
        ctx.atRoot = false;
    let offset = bm.offset;
    let commentEnd = null;
    for (const collItem of bm.items) {
        const { start, key, sep, value } = collItem;
        // key properties
        const keyProps = resolveProps.resolveProps(start, {
            indicator: 'explicit-key-ind',
            next: key ?? sep?.[0],
            offset,
            onError,
            parentIndent: bm.indent,
            startOnNewline: true
        });
        const implicitKey = !keyProps.found;
        if (implicitKey) {
            if (key) {
                if (key.type === 'block-seq')
                    onError(offset, 'BLOCK_AS_IMPLICIT_KEY', 'A block sequence may not be used as an implicit map key');
                else if ('indent' in key && key.indent !== bm.indent)
                    onError(offset, 'BAD_INDENT', startColMsg);
            }
            if (!keyProps.anchor && !keyProps.tag && !sep) {
                commentEnd = keyProps.end;
                if (keyProps.comment) {
                    if (map.comment)
                        map.comment += '\n' + keyProps.comment;
                    else
                        map.comment = keyProps.comment;
                }
                continue;
            }
            if (keyProps.newlineAfterProp || utilContainsNewline.containsNewline(key)) {
                onError(key ?? start[start.length - 1], 'MULTILINE_IMPLICIT_KEY', 'Implicit keys need to be on a single line');
            }
        }
        else if (keyProps.found?.indent !== bm.indent) {
            onError(offset, 'BAD_INDENT', startColMsg);
        }
        // key value
        ctx.atKey = true;
        const keyStart = keyProps.end;
        const keyNode = key
            ? composeNode(ctx, key, keyProps, onError)
            : composeEmptyNode(ctx, keyStart, start, null, keyProps, onError);
        if (ctx.schema.compat)
            utilFlowIndentCheck.flowIndentCheck(bm.indent, key, onError);
        ctx.atKey = false;
        if (utilMapIncludes.mapIncludes(ctx, map.items, keyNode))
            onError(keyStart, 'DUPLICATE_KEY', 'Map keys must be unique');
        // value properties
        const valueProps = resolveProps.resolveProps(sep ?? [], {
            indicator: 'map-value-ind',
            next: value,
            offset: keyNode.range[2],
            onError,
            parentIndent: bm.indent,
            startOnNewline: !key || key.type === 'block-scalar'
        });
        offset = valueProps.end;
        if (valueProps.found) {
            if (implicitKey) {
                if (value?.type === 'block-map' && !valueProps.hasNewline)
                    onError(offset, 'BLOCK_AS_IMPLICIT_KEY', 'Nested mappings are not allowed in compact mappings');
                if (ctx.options.strict &&
                    keyProps.start < valueProps.found.offset - 1024)
                    onError(keyNode.range, 'KEY_OVER_1024_CHARS', 'The : indicator must be at most 1024 chars after the start of an implicit block mapping key');
            }
            // value value
            const valueNode = value
                ? composeNode(ctx, value, valueProps, onError)
                : composeEmptyNode(ctx, offset, sep, null, valueProps, onError);
            if (ctx.schema.compat)
                utilFlowIndentCheck.flowIndentCheck(bm.indent, value, onError);
            offset = valueNode.range[2];
            const pair = new Pair.Pair(keyNode, valueNode);
            if (ctx.options.keepSourceTokens)
                pair.srcToken = collItem;
            map.items.push(pair);
        }
        else {
            // key with no value
            if (implicitKey)
                onError(keyNode.range, 'MISSING_CHAR', 'Implicit map keys need to be followed by map values');
            if (valueProps.comment) {
                if (keyNode.comment)
                    keyNode.comment += '\n' + valueProps.comment;
                else
                    keyNode.comment = valueProps.comment;
            }
            const pair = new Pair.Pair(keyNode);
            if (ctx.options.keepSourceTokens)
                pair.srcToken = collItem;
            map.items.push(pair);
        }
    }
    if (commentEnd && commentEnd < offset)
        onError(commentEnd, 'IMPOSSIBLE', 'Map comment with trailing content');
    map.range = [bm.offset, offset, commentEnd ?? offset];
    return map;
}

exports.resolveBlockMap = resolveBlockMap;


/***/ }),

/***/ 1399:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

"use strict";


var Scalar = __nccwpck_require__(1543);

function resolveBlockScalar(ctx, scalar, onError) {
    const start = scalar.offset;
    const header = parseBlockScalarHeader(scalar, ctx.options.strict, onError);
    if (!header)
        return { value: '', type: null, comment: '', range: [start, start, start] };
    const type = header.mode === '>' ? Scalar.Scalar.BLOCK_FOLDED : Scalar.Scalar.BLOCK_LITERAL;
    const lines = scalar.source ? splitLines(scalar.source) : [];
    // determine the end of content & start of chomping
    let chompStart = lines.length;
    for (let i = lines.length - 1; i >= 0; --i) {
        const content = lines[i][1];
        if (content === '' || content === '\r')
            chompStart = i;
        else
            break;
    }
    // shortcut for empty contents
    if (chompStart === 0) {
        const value = header.chomp === '+' && lines.length > 0
            ? '\n'.repeat(Math.max(1, lines.length - 1))
            : '';
        let end = start + header.length;
        if (scalar.source)
            end += scalar.source.length;
        return { value, type, comment: header.comment, range: [start, end, end] };
    }
    // find the indentation level to trim from start
    let trimIndent = scalar.indent + header.indent;
    let offset = scalar.offset + header.length;
    let contentStart = 0;
    for (let i = 0; i < chompStart; ++i) {
        const [indent, content] = lines[i];
        if (content === '' || content === '\r') {
            if (header.indent === 0 && indent.length > trimIndent)
                trimIndent = indent.length;
        }
        else {
            if (indent.length < trimIndent) {
                const message = 'Block scalars with more-indented leading empty lines must use an explicit indentation indicator';
                onError(offset + indent.length, 'MISSING_CHAR', message);
            }
            if (header.indent === 0)
                trimIndent = indent.length;
            contentStart = i;
            if (trimIndent === 0 && !ctx.atRoot) {
                const message = 'Block scalar values in collections must be indented';
                onError(offset, 'BAD_INDENT', message);
            }
            break;
        }
        offset += indent.length + content.length + 1;
    }
    // include trailing more-indented empty lines in content
    for (let i = lines.length - 1; i >= chompStart; --i) {
        if (lines[i][0].length > trimIndent)
            chompStart = i + 1;
    }
    let value = '';
    let sep = '';
    let prevMoreIndented = false;
    // leading whitespace is kept intact
    for (let i = 0; i < contentStart; ++i)
        value += lines[i][0].slice(trimIndent) + '\n';
    for (let i = contentStart; i < chompStart; ++i) {
        let [indent, content] = lines[i];
        offset += indent.length + content.length + 1;
        const crlf = content[content.length - 1] === '\r';
        if (crlf)
            content = content.slice(0, -1);
        /* istanbul ignore if already caught in lexer */
        if (content && indent.length < trimIndent) {
            const src = header.indent
                ? 'explicit indentation indicator'
                : 'first line';
            const message = `Block scalar lines must not be less indented than their ${src}`;
            onError(offset - content.length - (crlf ? 2 : 1), 'BAD_INDENT', message);
            indent = '';
        }
        if (type === Scalar.Scalar.BLOCK_LITERAL) {
            value += sep + indent.slice(trimIndent) + content;
            sep = '\n';
        }
        else if (indent.length > trimIndent || content[0] === '\t') {
            // more-indented content within a folded block
            if (sep === ' ')
                sep = '\n';
            else if (!prevMoreIndented && sep === '\n')
                sep = '\n\n';
            value += sep + indent.slice(trimIndent) + content;
            sep = '\n';
            prevMoreIndented = true;
        }
        else if (content === '') {
            // empty line
            if (sep === '\n')
                value += '\n';
            else
                sep = '\n';
        }
        else {
            value += sep + content;
            sep = ' ';
            prevMoreIndented = false;
        }
    }
    switch (header.chomp) {
        case '-':
            break;
        case '+':
            for (let i = chompStart; i < lines.length; ++i)
                value += '\n' + lines[i][0].slice(trimIndent);
            if (value[value.length - 1] !== '\n')
                value += '\n';
            break;
        default:
            value += '\n';
    }
    const end = start + header.length + scalar.source.length;
    return { value, type, comment: header.comment, range: [start, end, end] };
}
function parseBlockScalarHeader({ offset, props }, strict, onError) {
    /* istanbul ignore if should not happen */
    if (props[0].type !== 'block-scalar-header') {
        onError(props[0], 'IMPOSSIBLE', 'Block scalar header not found');
        return null;
    }
    const { source } = props[0];
    const mode = source[0];
    let indent = 0;
    let chomp = '';
    let error = -1;
    for (let i = 1; i < source.length; ++i) {
        const ch = source[i];
        if (!chomp && (ch === '-' || ch === '+'))
            chomp = ch;
        else {
            const n = Number(ch);
            if (!indent && n)
                indent = n;
            else if (error === -1)
                error = offset + i;
        }
    }
    if (error !== -1)
        onError(error, 'UNEXPECTED_TOKEN', `Block scalar header includes extra characters: ${source}`);
    let hasSpace = false;
    let comment = '';
    let length = source.length;
    for (let i = 1; i < props.length; ++i) {
        const token = props[i];
        switch (token.type) {
            case 'space':
                hasSpace = true;
            // fallthrough
            case 'newline':
                length += token.source.length;
                break;
            case 'comment':
                if (strict && !hasSpace) {
                    const message = 'Comments must be separated from other tokens by white space characters';
                    onError(token, 'MISSING_CHAR', message);
                }
                length += token.source.length;
                comment = token.source.substring(1);
                break;
            case 'error':
                onError(token, 'UNEXPECTED_TOKEN', token.message);
                length += token.source.length;
                break;
            /* istanbul ignore next should not happen */
            default: {
                const message = `Unexpected token in block scalar header: ${token.type}`;
                onError(token, 'UNEXPECTED_TOKEN', message);
                const ts = token.source;
                if (ts && typeof ts === 'string')
                    length += ts.length;
            }
        }
    }
    return { mode, indent, chomp, comment, length };
}
/** @returns Array of lines split up as `[indent, content]` */
function splitLines(source) {
    const split = source.split(/\n( *)/);
    const first = split[0];
    const m = first.match(/^( *)/);
    const line0 = m?.[1]
        ? [m[1], first.slice(m[1].length)]
        : ['', first];
    const lines = [line0];
    for (let i = 1; i < split.length; i += 2)
        lines.push([split[i], split[i + 1]]);
    return lines;
}

exports.resolveBlockScalar = resolveBlockScalar;


/***/ }),

/***/ 1120:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

"use strict";


var YAMLSeq = __nccwpck_require__(3013);
var resolveProps = __nccwpck_require__(3121);
var utilFlowIndentCheck = __nccwpck_require__(5637);

function resolveBlockSeq({ composeNode, composeEmptyNode }, ctx, bs, onError, tag) {
    const NodeClass = tag?.nodeClass ?? YAMLSeq.YAMLSeq;
    const seq = new NodeClass(ctx.schema);
    if (ctx.atRoot)
        ctx.atRoot = false;
    if (ctx.atKey)
        ctx.atKey = false;
    let offset = bs.offset;
    let commentEnd = null;
    for (const { start, value } of bs.items) {
        const props = resolveProps.resolveProps(start, {
            indicator: 'seq-item-ind',
            next: value,
            offset,
            onError,
            parentIndent: bs.indent,
            startOnNewline: true
        });
        if (!props.found) {
            if (props.anchor || props.tag || value) {
                if (value?.type === 'block-seq')
                    onError(props.end, 'BAD_INDENT', 'All sequence items must start at the same column');
                else
                    onError(offset, 'MISSING_CHAR', 'Sequence item without - indicator');
            }
            else {
                commentEnd = props.end;
                if (props.comment)
                    seq.comment = props.comment;
                continue;
            }
        }
        const node = value
            ? composeNode(ctx, value, props, onError)
            : composeEmptyNode(ctx, props.end, start, null, props, onError);
        if (ctx.schema.compat)
            utilFlowIndentCheck.flowIndentCheck(bs.indent, value, onError);
        offset = node.range[2];
        seq.items.push(node);
    }
    seq.range = [bs.offset, offset, commentEnd ?? offset];
    return seq;
}

exports.resolveBlockSeq = resolveBlockSeq;


/***/ }),

/***/ 2022:
/***/ ((__unused_webpack_module, exports) => {

"use strict";


function resolveEnd(end, offset, reqSpace, onError) {
    let comment = '';
    if (end) {
        let hasSpace = false;
        let sep = '';
        for (const token of end) {
            const { source, type } = token;
            switch (type) {
                case 'space':
                    hasSpace = true;
                    break;
                case 'comment': {
                    if (reqSpace && !hasSpace)
                        onError(token, 'MISSING_CHAR', 'Comments must be separated from other tokens by white space characters');
                    const cb = source.substring(1) || ' ';
                    if (!comment)
                        comment = cb;
                    else
                        comment += sep + cb;
                    sep = '';
                    break;
                }
                case 'newline':
                    if (comment)
                        sep += source;
                    hasSpace = true;
                    break;
                default:
                    onError(token, 'UNEXPECTED_TOKEN', `Unexpected ${type} at node end`);
            }
            offset += source.length;
        }
    }
    return { comment, offset };
}

exports.resolveEnd = resolveEnd;


/***/ }),

/***/ 8884:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

"use strict";


var identity = __nccwpck_require__(1737);
var Pair = __nccwpck_require__(7567);
var YAMLMap = __nccwpck_require__(1856);
var YAMLSeq = __nccwpck_require__(3013);
var resolveEnd = __nccwpck_require__(2022);
var resolveProps = __nccwpck_require__(3121);
var utilContainsNewline = __nccwpck_require__(7865);
var utilMapIncludes = __nccwpck_require__(1117);

const blockMsg = 'Block collections are not allowed within flow collections';
const isBlock = (token) => token && (token.type === 'block-map' || token.type === 'block-seq');
function resolveFlowCollection({ composeNode, composeEmptyNode }, ctx, fc, onError, tag) {
    const isMap = fc.start.source === '{';
    const fcName = isMap ? 'flow map' : 'flow sequence';
    const NodeClass = (tag?.nodeClass ?? (isMap ? YAMLMap.YAMLMap : YAMLSeq.YAMLSeq));
    const coll = new NodeClass(ctx.schema);
    coll.flow = true;
    const atRoot = ctx.atRoot;
    if (atRoot)
        ctx.atRoot = false;
    if (ctx.atKey)
        ctx.atKey = false;
    let offset = fc.offset + fc.start.source.length;
    for (let i = 0; i < fc.items.length; ++i) {
        const collItem = fc.items[i];
        const { start, key, sep, value } = collItem;
        const props = resolveProps.resolveProps(start, {
            flow: fcName,
            indicator: 'explicit-key-ind',
            next: key ?? sep?.[0],
            offset,
            onError,
            parentIndent: fc.indent,
            startOnNewline: false
        });
        if (!props.found) {
            if (!props.anchor && !props.tag && !sep && !value) {
                if (i === 0 && props.comma)
                    onError(props.comma, 'UNEXPECTED_TOKEN', `Unexpected , in ${fcName}`);
                else if (i < fc.items.length - 1)
                    onError(props.start, 'UNEXPECTED_TOKEN', `Unexpected empty item in ${fcName}`);
                if (props.comment) {
                    if (coll.comment)
                        coll.comment += '\n' + props.comment;
                    else
                        coll.comment = props.comment;
                }
                offset = props.end;
                continue;
            }
            if (!isMap && ctx.options.strict && utilContainsNewline.containsNewline(key))
                onError(key, // checked by containsNewline()
                'MULTILINE_IMPLICIT_KEY', 'Implicit keys of flow sequence pairs need to be on a single line');
        }
        if (i === 0) {
            if (props.comma)
                onError(props.comma, 'UNEXPECTED_TOKEN', `Unexpected , in ${fcName}`);
        }
        else {
            if (!props.comma)
                onError(props.start, 'MISSING_CHAR', `Missing , between ${fcName} items`);
            if (props.comment) {
                let prevItemComment = '';
                loop: for (const st of start) {
                    switch (st.type) {
                        case 'comma':
                        case 'space':
                            break;
                        case 'comment':
                            prevItemComment = st.source.substring(1);
                            break loop;
                        default:
                            break loop;
                    }
                }
                if (prevItemComment) {
                    let prev = coll.items[coll.items.length - 1];
                    if (identity.isPair(prev))
                        prev = prev.value ?? prev.key;
                    if (prev.comment)
                        prev.comment += '\n' + prevItemComment;
                    else
                        prev.comment = prevItemComment;
                    props.comment = props.comment.substring(prevItemComment.length + 1);
                }
            }
        }
        if (!isMap && !sep && !props.found) {
            // item is a value in a seq
            // → key & sep are empty, start does not include ? or :
            const valueNode = value
                ? composeNode(ctx, value, props, onError)
                : composeEmptyNode(ctx, props.end, sep, null, props, onError);
            coll.items.push(valueNode);
            offset = valueNode.range[2];
            if (isBlock(value))
                onError(valueNode.range, 'BLOCK_IN_FLOW', blockMsg);
        }
        else {
            // item is a key+value pair
            // key value
            ctx.atKey = true;
            const keyStart = props.end;
            const keyNode = key
                ? composeNode(ctx, key, props, onError)
                : composeEmptyNode(ctx, keyStart, start, null, props, onError);
            if (isBlock(key))
                onError(keyNode.range, 'BLOCK_IN_FLOW', blockMsg);
            ctx.atKey = false;
            // value properties
            const valueProps = resolveProps.resolveProps(sep ?? [], {
                flow: fcName,
                indicator: 'map-value-ind',
                next: value,
                offset: keyNode.range[2],
                onError,
                parentIndent: fc.indent,
                startOnNewline: false
            });
            if (valueProps.found) {
                if (!isMap && !props.found && ctx.options.strict) {
                    if (sep)
                        for (const st of sep) {
                            if (st === valueProps.found)
                                break;
                            if (st.type === 'newline') {
                                onError(st, 'MULTILINE_IMPLICIT_KEY', 'Implicit keys of flow sequence pairs need to be on a single line');
                                break;
                            }
                        }
                    if (props.start < valueProps.found.offset - 1024)
                        onError(valueProps.found, 'KEY_OVER_1024_CHARS', 'The : indicator must be at most 1024 chars after the start of an implicit flow sequence key');
                }
            }
            else if (value) {
                if ('source' in value && value.source?.[0] === ':')
                    onError(value, 'MISSING_CHAR', `Missing space after : in ${fcName}`);
                else
                    onError(valueProps.start, 'MISSING_CHAR', `Missing , or : between ${fcName} items`);
            }
            // value value
            const valueNode = value
                ? composeNode(ctx, value, valueProps, onError)
                : valueProps.found
                    ? composeEmptyNode(ctx, valueProps.end, sep, null, valueProps, onError)
                    : null;
            if (valueNode) {
                if (isBlock(value))
                    onError(valueNode.range, 'BLOCK_IN_FLOW', blockMsg);
            }
            else if (valueProps.comment) {
                if (keyNode.comment)
                    keyNode.comment += '\n' + valueProps.comment;
                else
                    keyNode.comment = valueProps.comment;
            }
            const pair = new Pair.Pair(keyNode, valueNode);
            if (ctx.options.keepSourceTokens)
                pair.srcToken = collItem;
            if (isMap) {
                const map = coll;
                if (utilMapIncludes.mapIncludes(ctx, map.items, keyNode))
                    onError(keyStart, 'DUPLICATE_KEY', 'Map keys must be unique');
                map.items.push(pair);
            }
            else {
                const map = new YAMLMap.YAMLMap(ctx.schema);
                map.flow = true;
                map.items.push(pair);
                const endRange = (valueNode ?? keyNode).range;
                map.range = [keyNode.range[0], endRange[1], endRange[2]];
                coll.items.push(map);
            }
            offset = valueNode ? valueNode.range[2] : valueProps.end;
        }
    }
    const expectedEnd = isMap ? '}' : ']';
    const [ce, ...ee] = fc.end;
    let cePos = offset;
    if (ce?.source === expectedEnd)
        cePos = ce.offset + ce.source.length;
    else {
        const name = fcName[0].toUpperCase() + fcName.substring(1);
        const msg = atRoot
            ? `${name} must end with a ${expectedEnd}`
            : `${name} in block collection must be sufficiently indented and end with a ${expectedEnd}`;
        onError(offset, atRoot ? 'MISSING_CHAR' : 'BAD_INDENT', msg);
        if (ce && ce.source.length !== 1)
            ee.unshift(ce);
    }
    if (ee.length > 0) {
        const end = resolveEnd.resolveEnd(ee, cePos, ctx.options.strict, onError);
        if (end.comment) {
            if (coll.comment)
                coll.comment += '\n' + end.comment;
            else
                coll.comment = end.comment;
        }
        coll.range = [fc.offset, cePos, end.offset];
    }
    else {
        coll.range = [fc.offset, cePos, cePos];
    }
    return coll;
}

exports.resolveFlowCollection = resolveFlowCollection;


/***/ }),

/***/ 2976:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

"use strict";


var Scalar = __nccwpck_require__(1543);
var resolveEnd = __nccwpck_require__(2022);

function resolveFlowScalar(scalar, strict, onError) {
    const { offset, type, source, end } = scalar;
    let _type;
    let value;
    const _onError = (rel, code, msg) => onError(offset + rel, code, msg);
    switch (type) {
        case 'scalar':
            _type = Scalar.Scalar.PLAIN;
            value = plainValue(source, _onError);
            break;
        case 'single-quoted-scalar':
            _type = Scalar.Scalar.QUOTE_SINGLE;
            value = singleQuotedValue(source, _onError);
            break;
        case 'double-quoted-scalar':
            _type = Scalar.Scalar.QUOTE_DOUBLE;
            value = doubleQuotedValue(source, _onError);
            break;
        /* istanbul ignore next should not happen */
        default:
            onError(scalar, 'UNEXPECTED_TOKEN', `Expected a flow scalar value, but found: ${type}`);
            return {
                value: '',
                type: null,
                comment: '',
                range: [offset, offset + source.length, offset + source.length]
            };
    }
    const valueEnd = offset + source.length;
    const re = resolveEnd.resolveEnd(end, valueEnd, strict, onError);
    return {
        value,
        type: _type,
        comment: re.comment,
        range: [offset, valueEnd, re.offset]
    };
}
function plainValue(source, onError) {
    let badChar = '';
    switch (source[0]) {
        /* istanbul ignore next should not happen */
        case '\t':
            badChar = 'a tab character';
            break;
        case ',':
            badChar = 'flow indicator character ,';
            break;
        case '%':
            badChar = 'directive indicator character %';
            break;
        case '|':
        case '>': {
            badChar = `block scalar indicator ${source[0]}`;
            break;
        }
        case '@':
        case '`': {
            badChar = `reserved character ${source[0]}`;
            break;
        }
    }
    if (badChar)
        onError(0, 'BAD_SCALAR_START', `Plain value cannot start with ${badChar}`);
    return unfoldLines(source);
}
function singleQuotedValue(source, onError) {
    if (source[source.length - 1] !== "'" || source.length === 1)
        onError(source.length, 'MISSING_CHAR', "Missing closing 'quote");
    return unfoldLines(source.slice(1, -1)).replace(/''/g, "'");
}
function unfoldLines(source) {
    const line = /(.*?)\r?\n/sy;
    let match = line.exec(source);
    if (!match)
        return source;
    /**
     * The negative lookbehinds in these RegExps are to
     * prevent causing a polynomial search time in certain cases.
     *
     * The try-catch is for Safari < 16.4 and other old browsers:
     * https://caniuse.com/js-regexp-lookbehind
     */
    let trimEnd, trimBoth;
    try {
        trimEnd = new RegExp('(?<![ \t])[ \t]+$');
        trimBoth = new RegExp('^[ \t]+|(?<![ \t])[ \t]+$', 'g');
    }
    catch {
        trimEnd = /[ \t]+$/;
        trimBoth = /^[ \t]+|[ \t]+$/g;
    }
    let res = match[1].replace(trimEnd, '');
    let sep = ' ';
    let pos = line.lastIndex;
    while ((match = line.exec(source))) {
        const lm = match[1].replace(trimBoth, '');
        if (lm === '') {
            if (sep === '\n')
                res += sep;
            else
                sep = '\n';
        }
        else {
            res += sep + lm;
            sep = ' ';
        }
        pos = line.lastIndex;
    }
    const last = /[ \t]*(.*)/sy;
    last.lastIndex = pos;
    match = last.exec(source);
    return res + sep + (match?.[1] ?? '');
}
function doubleQuotedValue(source, onError) {
    let res = '';
    for (let i = 1; i < source.length - 1; ++i) {
        const ch = source[i];
        if (ch === '\r' && source[i + 1] === '\n')
            continue;
        if (ch === '\n') {
            const { fold, offset } = foldNewline(source, i);
            res += fold;
            i = offset;
        }
        else if (ch === '\\') {
            let next = source[++i];
            const cc = escapeCodes[next];
            if (cc)
                res += cc;
            else if (next === '\n') {
                // skip escaped newlines, but still trim the following line
                next = source[i + 1];
                while (next === ' ' || next === '\t')
                    next = source[++i + 1];
            }
            else if (next === '\r' && source[i + 1] === '\n') {
                // skip escaped CRLF newlines, but still trim the following line
                next = source[++i + 1];
                while (next === ' ' || next === '\t')
                    next = source[++i + 1];
            }
            else if (next === 'x' || next === 'u' || next === 'U') {
                const length = next === 'x' ? 2 : next === 'u' ? 4 : 8;
                res += parseCharCode(source, i + 1, length, onError);
                i += length;
            }
            else {
                const raw = source.substr(i - 1, 2);
                onError(i - 1, 'BAD_DQ_ESCAPE', `Invalid escape sequence ${raw}`);
                res += raw;
            }
        }
        else if (ch === ' ' || ch === '\t') {
            // trim trailing whitespace
            const wsStart = i;
            let next = source[i + 1];
            while (next === ' ' || next === '\t')
                next = source[++i + 1];
            if (next !== '\n' && !(next === '\r' && source[i + 2] === '\n'))
                res += i > wsStart ? source.slice(wsStart, i + 1) : ch;
        }
        else {
            res += ch;
        }
    }
    if (source[source.length - 1] !== '"' || source.length === 1)
        onError(source.length, 'MISSING_CHAR', 'Missing closing "quote');
    return res;
}
/**
 * Fold a single newline into a space, multiple newlines to N - 1 newlines.
 * Presumes `source[offset] === '\n'`
 */
function foldNewline(source, offset) {
    let fold = '';
    let ch = source[offset + 1];
    while (ch === ' ' || ch === '\t' || ch === '\n' || ch === '\r') {
        if (ch === '\r' && source[offset + 2] !== '\n')
            break;
        if (ch === '\n')
            fold += '\n';
        offset += 1;
        ch = source[offset + 1];
    }
    if (!fold)
        fold = ' ';
    return { fold, offset };
}
const escapeCodes = {
    '0': '\0', // null character
    a: '\x07', // bell character
    b: '\b', // backspace
    e: '\x1b', // escape character
    f: '\f', // form feed
    n: '\n', // line feed
    r: '\r', // carriage return
    t: '\t', // horizontal tab
    v: '\v', // vertical tab
    N: '\u0085', // Unicode next line
    _: '\u00a0', // Unicode non-breaking space
    L: '\u2028', // Unicode line separator
    P: '\u2029', // Unicode paragraph separator
    ' ': ' ',
    '"': '"',
    '/': '/',
    '\\': '\\',
    '\t': '\t'
};
function parseCharCode(source, offset, length, onError) {
    const cc = source.substr(offset, length);
    const ok = cc.length === length && /^[0-9a-fA-F]+$/.test(cc);
    const code = ok ? parseInt(cc, 16) : NaN;
    try {
        return String.fromCodePoint(code);
    }
    catch {
        const raw = source.substr(offset - 2, length + 2);
        onError(offset - 2, 'BAD_DQ_ESCAPE', `Invalid escape sequence ${raw}`);
        return raw;
    }
}

exports.resolveFlowScalar = resolveFlowScalar;


/***/ }),

/***/ 3121:
/***/ ((__unused_webpack_module, exports) => {

"use strict";


function resolveProps(tokens, { flow, indicator, next, offset, onError, parentIndent, startOnNewline }) {
    let spaceBefore = false;
    let atNewline = startOnNewline;
    let hasSpace = startOnNewline;
    let comment = '';
    let commentSep = '';
    let hasNewline = false;
    let reqSpace = false;
    let tab = null;
    let anchor = null;
    let tag = null;
    let newlineAfterProp = null;
    let comma = null;
    let found = null;
    let start = null;
    for (const token of tokens) {
        if (reqSpace) {
            if (token.type !== 'space' &&
                token.type !== 'newline' &&
                token.type !== 'comma')
                onError(token.offset, 'MISSING_CHAR', 'Tags and anchors must be separated from the next token by white space');
            reqSpace = false;
        }
        if (tab) {
            if (atNewline && token.type !== 'comment' && token.type !== 'newline') {
                onError(tab, 'TAB_AS_INDENT', 'Tabs are not allowed as indentation');
            }
            tab = null;
        }
        switch (token.type) {
            case 'space':
                // At the doc level, tabs at line start may be parsed
                // as leading white space rather than indentation.
                // In a flow collection, only the parser handles indent.
                if (!flow &&
                    (indicator !== 'doc-start' || next?.type !== 'flow-collection') &&
                    token.source.includes('\t')) {
                    tab = token;
                }
                hasSpace = true;
                break;
            case 'comment': {
                if (!hasSpace)
                    onError(token, 'MISSING_CHAR', 'Comments must be separated from other tokens by white space characters');
                const cb = token.source.substring(1) || ' ';
                if (!comment)
                    comment = cb;
                else
                    comment += commentSep + cb;
                commentSep = '';
                atNewline = false;
                break;
            }
            case 'newline':
                if (atNewline) {
                    if (comment)
                        comment += token.source;
                    else if (!found || indicator !== 'seq-item-ind')
                        spaceBefore = true;
                }
                else
                    commentSep += token.source;
                atNewline = true;
                hasNewline = true;
                if (anchor || tag)
                    newlineAfterProp = token;
                hasSpace = true;
                break;
            case 'anchor':
                if (anchor)
                    onError(token, 'MULTIPLE_ANCHORS', 'A node can have at most one anchor');
                if (token.source.endsWith(':'))
                    onError(token.offset + token.source.length - 1, 'BAD_ALIAS', 'Anchor ending in : is ambiguous', true);
                anchor = token;
                start ?? (start = token.offset);
                atNewline = false;
                hasSpace = false;
                reqSpace = true;
                break;
            case 'tag': {
                if (tag)
                    onError(token, 'MULTIPLE_TAGS', 'A node can have at most one tag');
                tag = token;
                start ?? (start = token.offset);
                atNewline = false;
                hasSpace = false;
                reqSpace = true;
                break;
            }
            case indicator:
                // Could here handle preceding comments differently
                if (anchor || tag)
                    onError(token, 'BAD_PROP_ORDER', `Anchors and tags must be after the ${token.source} indicator`);
                if (found)
                    onError(token, 'UNEXPECTED_TOKEN', `Unexpected ${token.source} in ${flow ?? 'collection'}`);
                found = token;
                atNewline =
                    indicator === 'seq-item-ind' || indicator === 'explicit-key-ind';
                hasSpace = false;
                break;
            case 'comma':
                if (flow) {
                    if (comma)
                        onError(token, 'UNEXPECTED_TOKEN', `Unexpected , in ${flow}`);
                    comma = token;
                    atNewline = false;
                    hasSpace = false;
                    break;
                }
            // else fallthrough
            default:
                onError(token, 'UNEXPECTED_TOKEN', `Unexpected ${token.type} token`);
                atNewline = false;
                hasSpace = false;
        }
    }
    const last = tokens[tokens.length - 1];
    const end = last ? last.offset + last.source.length : offset;
    if (reqSpace &&
        next &&
        next.type !== 'space' &&
        next.type !== 'newline' &&
        next.type !== 'comma' &&
        (next.type !== 'scalar' || next.source !== '')) {
        onError(next.offset, 'MISSING_CHAR', 'Tags and anchors must be separated from the next token by white space');
    }
    if (tab &&
        ((atNewline && tab.indent <= parentIndent) ||
            next?.type === 'block-map' ||
            next?.type === 'block-seq'))
        onError(tab, 'TAB_AS_INDENT', 'Tabs are not allowed as indentation');
    return {
        comma,
        found,
        spaceBefore,
        comment,
        hasNewline,
        anchor,
        tag,
        newlineAfterProp,
        end,
        start: start ?? end
    };
}

exports.resolveProps = resolveProps;


/***/ }),

/***/ 7865:
/***/ ((__unused_webpack_module, exports) => {

"use strict";


function containsNewline(key) {
    if (!key)
        return null;
    switch (key.type) {
        case 'alias':
        case 'scalar':
        case 'double-quoted-scalar':
        case 'single-quoted-scalar':
            if (key.source.includes('\n'))
                return true;
            if (key.end)
                for (const st of key.end)
                    if (st.type === 'newline')
                        return true;
            return false;
        case 'flow-collection':
            for (const it of key.items) {
                for (const st of it.start)
                    if (st.type === 'newline')
                        return true;
                if (it.sep)
                    for (const st of it.sep)
                        if (st.type === 'newline')
                            return true;
                if (containsNewline(it.key) || containsNewline(it.value))
                    return true;
            }
            return false;
        default:
            return true;
    }
}

exports.containsNewline = containsNewline;


/***/ }),

/***/ 3933:
/***/ ((__unused_webpack_module, exports) => {

"use strict";


function emptyScalarPosition(offset, before, pos) {
    if (before) {
        pos ?? (pos = before.length);
        for (let i = pos - 1; i >= 0; --i) {
            let st = before[i];
            switch (st.type) {
                case 'space':
                case 'comment':
                case 'newline':
                    offset -= st.source.length;
                    continue;
            }
            // Technically, an empty scalar is immediately after the last non-empty
            // node, but it's more useful to place it after any whitespace.
            st = before[++i];
            while (st?.type === 'space') {
                offset += st.source.length;
                st = before[++i];
            }
            break;
        }
    }
    return offset;
}

exports.emptyScalarPosition = emptyScalarPosition;


/***/ }),

/***/ 5637:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

"use strict";


var utilContainsNewline = __nccwpck_require__(7865);

function flowIndentCheck(indent, fc, onError) {
    if (fc?.type === 'flow-collection') {
        const end = fc.end[0];
        if (end.indent === indent &&
            (end.source === ']' || end.source === '}') &&
            utilContainsNewline.containsNewline(fc)) {
            const msg = 'Flow end indicator should be more indented than parent';
            onError(end, 'BAD_INDENT', msg, true);
        }
    }
}

exports.flowIndentCheck = flowIndentCheck;


/***/ }),

/***/ 1117:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

"use strict";


var identity = __nccwpck_require__(1737);

function mapIncludes(ctx, items, search) {
    const { uniqueKeys } = ctx.options;
    if (uniqueKeys === false)
        return false;
    const isEqual = typeof uniqueKeys === 'function'
        ? uniqueKeys
        : (a, b) => a === b || (identity.isScalar(a) && identity.isScalar(b) && a.value === b.value);
    return items.some(pair => isEqual(pair.key, search));
}

exports.mapIncludes = mapIncludes;


/***/ }),

/***/ 3915:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

"use strict";


var Alias = __nccwpck_require__(7);
var Collection = __nccwpck_require__(935);
var identity = __nccwpck_require__(1737);
var Pair = __nccwpck_require__(7567);
var toJS = __nccwpck_require__(445);
var Schema = __nccwpck_require__(7878);
var stringifyDocument = __nccwpck_require__(9255);
var anchors = __nccwpck_require__(9030);
var applyReviver = __nccwpck_require__(6767);
var createNode = __nccwpck_require__(1126);
var directives = __nccwpck_require__(2768);

class Document {
    constructor(value, replacer, options) {
        /** A comment before this Document */
        this.commentBefore = null;
        /** A comment immediately after this Document */
        this.comment = null;
        /** Errors encountered during parsing. */
        this.errors = [];
        /** Warnings encountered during parsing. */
        this.warnings = [];
        Object.defineProperty(this, identity.NODE_TYPE, { value: identity.DOC });
        let _replacer = null;
        if (typeof replacer === 'function' || Array.isArray(replacer)) {
            _replacer = replacer;
        }
        else if (options === undefined && replacer) {
            options = replacer;
            replacer = undefined;
        }
        const opt = Object.assign({
            intAsBigInt: false,
            keepSourceTokens: false,
            logLevel: 'warn',
            prettyErrors: true,
            strict: true,
            stringKeys: false,
            uniqueKeys: true,
            version: '1.2'
        }, options);
        this.options = opt;
        let { version } = opt;
        if (options?._directives) {
            this.directives = options._directives.atDocument();
            if (this.directives.yaml.explicit)
                version = this.directives.yaml.version;
        }
        else
            this.directives = new directives.Directives({ version });
        this.setSchema(version, options);
        // @ts-expect-error We can't really know that this matches Contents.
        this.contents =
            value === undefined ? null : this.createNode(value, _replacer, options);
    }
    /**
     * Create a deep copy of this Document and its contents.
     *
     * Custom Node values that inherit from `Object` still refer to their original instances.
     */
    clone() {
        const copy = Object.create(Document.prototype, {
            [identity.NODE_TYPE]: { value: identity.DOC }
        });
        copy.commentBefore = this.commentBefore;
        copy.comment = this.comment;
        copy.errors = this.errors.slice();
        copy.warnings = this.warnings.slice();
        copy.options = Object.assign({}, this.options);
        if (this.directives)
            copy.directives = this.directives.clone();
        copy.schema = this.schema.clone();
        // @ts-expect-error We can't really know that this matches Contents.
        copy.contents = identity.isNode(this.contents)
            ? this.contents.clone(copy.schema)
            : this.contents;
        if (this.range)
            copy.range = this.range.slice();
        return copy;
    }
    /** Adds a value to the document. */
    add(value) {
        if (assertCollection(this.contents))
            this.contents.add(value);
    }
    /** Adds a value to the document. */
    addIn(path, value) {
        if (assertCollection(this.contents))
            this.contents.addIn(path, value);
    }
    /**
     * Create a new `Alias` node, ensuring that the target `node` has the required anchor.
     *
     * If `node` already has an anchor, `name` is ignored.
     * Otherwise, the `node.anchor` value will be set to `name`,
     * or if an anchor with that name is already present in the document,
     * `name` will be used as a prefix for a new unique anchor.
     * If `name` is undefined, the generated anchor will use 'a' as a prefix.
     */
    createAlias(node, name) {
        if (!node.anchor) {
            const prev = anchors.anchorNames(this);
            node.anchor =
                // eslint-disable-next-line @typescript-eslint/prefer-nullish-coalescing
                !name || prev.has(name) ? anchors.findNewAnchor(name || 'a', prev) : name;
        }
        return new Alias.Alias(node.anchor);
    }
    createNode(value, replacer, options) {
        let _replacer = undefined;
        if (typeof replacer === 'function') {
            value = replacer.call({ '': value }, '', value);
            _replacer = replacer;
        }
        else if (Array.isArray(replacer)) {
            const keyToStr = (v) => typeof v === 'number' || v instanceof String || v instanceof Number;
            const asStr = replacer.filter(keyToStr).map(String);
            if (asStr.length > 0)
                replacer = replacer.concat(asStr);
            _replacer = replacer;
        }
        else if (options === undefined && replacer) {
            options = replacer;
            replacer = undefined;
        }
        const { aliasDuplicateObjects, anchorPrefix, flow, keepUndefined, onTagObj, tag } = options ?? {};
        const { onAnchor, setAnchors, sourceObjects } = anchors.createNodeAnchors(this, 
        // eslint-disable-next-line @typescript-eslint/prefer-nullish-coalescing
        anchorPrefix || 'a');
        const ctx = {
            aliasDuplicateObjects: aliasDuplicateObjects ?? true,
            keepUndefined: keepUndefined ?? false,
            onAnchor,
            onTagObj,
            replacer: _replacer,
            schema: this.schema,
            sourceObjects
        };
        const node = createNode.createNode(value, tag, ctx);
        if (flow && identity.isCollection(node))
            node.flow = true;
        setAnchors();
        return node;
    }
    /**
     * Convert a key and a value into a `Pair` using the current schema,
     * recursively wrapping all values as `Scalar` or `Collection` nodes.
     */
    createPair(key, value, options = {}) {
        const k = this.createNode(key, null, options);
        const v = this.createNode(value, null, options);
        return new Pair.Pair(k, v);
    }
    /**
     * Removes a value from the document.
     * @returns `true` if the item was found and removed.
     */
    delete(key) {
        return assertCollection(this.contents) ? this.contents.delete(key) : false;
    }
    /**
     * Removes a value from the document.
     * @returns `true` if the item was found and removed.
     */
    deleteIn(path) {
        if (Collection.isEmptyPath(path)) {
            if (this.contents == null)
                return false;
            // @ts-expect-error Presumed impossible if Strict extends false
            this.contents = null;
            return true;
        }
        return assertCollection(this.contents)
            ? this.contents.deleteIn(path)
            : false;
    }
    /**
     * Returns item at `key`, or `undefined` if not found. By default unwraps
     * scalar values from their surrounding node; to disable set `keepScalar` to
     * `true` (collections are always returned intact).
     */
    get(key, keepScalar) {
        return identity.isCollection(this.contents)
            ? this.contents.get(key, keepScalar)
            : undefined;
    }
    /**
     * Returns item at `path`, or `undefined` if not found. By default unwraps
     * scalar values from their surrounding node; to disable set `keepScalar` to
     * `true` (collections are always returned intact).
     */
    getIn(path, keepScalar) {
        if (Collection.isEmptyPath(path))
            return !keepScalar && identity.isScalar(this.contents)
                ? this.contents.value
                : this.contents;
        return identity.isCollection(this.contents)
            ? this.contents.getIn(path, keepScalar)
            : undefined;
    }
    /**
     * Checks if the document includes a value with the key `key`.
     */
    has(key) {
        return identity.isCollection(this.contents) ? this.contents.has(key) : false;
    }
    /**
     * Checks if the document includes a value at `path`.
     */
    hasIn(path) {
        if (Collection.isEmptyPath(path))
            return this.contents !== undefined;
        return identity.isCollection(this.contents) ? this.contents.hasIn(path) : false;
    }
    /**
     * Sets a value in this document. For `!!set`, `value` needs to be a
     * boolean to add/remove the item from the set.
     */
    set(key, value) {
        if (this.contents == null) {
            // @ts-expect-error We can't really know that this matches Contents.
            this.contents = Collection.collectionFromPath(this.schema, [key], value);
        }
        else if (assertCollection(this.contents)) {
            this.contents.set(key, value);
        }
    }
    /**
     * Sets a value in this document. For `!!set`, `value` needs to be a
     * boolean to add/remove the item from the set.
     */
    setIn(path, value) {
        if (Collection.isEmptyPath(path)) {
            // @ts-expect-error We can't really know that this matches Contents.
            this.contents = value;
        }
        else if (this.contents == null) {
            // @ts-expect-error We can't really know that this matches Contents.
            this.contents = Collection.collectionFromPath(this.schema, Array.from(path), value);
        }
        else if (assertCollection(this.contents)) {
            this.contents.setIn(path, value);
        }
    }
    /**
     * Change the YAML version and schema used by the document.
     * A `null` version disables support for directives, explicit tags, anchors, and aliases.
     * It also requires the `schema` option to be given as a `Schema` instance value.
     *
     * Overrides all previously set schema options.
     */
    setSchema(version, options = {}) {
        if (typeof version === 'number')
            version = String(version);
        let opt;
        switch (version) {
            case '1.1':
                if (this.directives)
                    this.directives.yaml.version = '1.1';
                else
                    this.directives = new directives.Directives({ version: '1.1' });
                opt = { resolveKnownTags: false, schema: 'yaml-1.1' };
                break;
            case '1.2':
            case 'next':
                if (this.directives)
                    this.directives.yaml.version = version;
                else
                    this.directives = new directives.Directives({ version });
                opt = { resolveKnownTags: true, schema: 'core' };
                break;
            case null:
                if (this.directives)
                    delete this.directives;
                opt = null;
                break;
            default: {
                const sv = JSON.stringify(version);
                throw new Error(`Expected '1.1', '1.2' or null as first argument, but found: ${sv}`);
            }
        }
        // Not using `instanceof Schema` to allow for duck typing
        if (options.schema instanceof Object)
            this.schema = options.schema;
        else if (opt)
            this.schema = new Schema.Schema(Object.assign(opt, options));
        else
            throw new Error(`With a null YAML version, the { schema: Schema } option is required`);
    }
    // json & jsonArg are only used from toJSON()
    toJS({ json, jsonArg, mapAsMap, maxAliasCount, onAnchor, reviver } = {}) {
        const ctx = {
            anchors: new Map(),
            doc: this,
            keep: !json,
            mapAsMap: mapAsMap === true,
            mapKeyWarned: false,
            maxAliasCount: typeof maxAliasCount === 'number' ? maxAliasCount : 100
        };
        const res = toJS.toJS(this.contents, jsonArg ?? '', ctx);
        if (typeof onAnchor === 'function')
            for (const { count, res } of ctx.anchors.values())
                onAnchor(res, count);
        return typeof reviver === 'function'
            ? applyReviver.applyReviver(reviver, { '': res }, '', res)
            : res;
    }
    /**
     * A JSON representation of the document `contents`.
     *
     * @param jsonArg Used by `JSON.stringify` to indicate the array index or
     *   property name.
     */
    toJSON(jsonArg, onAnchor) {
        return this.toJS({ json: true, jsonArg, mapAsMap: false, onAnchor });
    }
    /** A YAML representation of the document. */
    toString(options = {}) {
        if (this.errors.length > 0)
            throw new Error('Document with errors cannot be stringified');
        if ('indent' in options &&
            (!Number.isInteger(options.indent) || Number(options.indent) <= 0)) {
            const s = JSON.stringify(options.indent);
            throw new Error(`"indent" option must be a positive integer, not ${s}`);
        }
        return stringifyDocument.stringifyDocument(this, options);
    }
}
function assertCollection(contents) {
    if (identity.isCollection(contents))
        return true;
    throw new Error('Expected a YAML collection as document contents');
}

exports.Document = Document;


/***/ }),

/***/ 9030:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

"use strict";


var identity = __nccwpck_require__(1737);
var visit = __nccwpck_require__(4190);

/**
 * Verify that the input string is a valid anchor.
 *
 * Will throw on errors.
 */
function anchorIsValid(anchor) {
    if (/[\x00-\x19\s,[\]{}]/.test(anchor)) {
        const sa = JSON.stringify(anchor);
        const msg = `Anchor must not contain whitespace or control characters: ${sa}`;
        throw new Error(msg);
    }
    return true;
}
function anchorNames(root) {
    const anchors = new Set();
    visit.visit(root, {
        Value(_key, node) {
            if (node.anchor)
                anchors.add(node.anchor);
        }
    });
    return anchors;
}
/** Find a new anchor name with the given `prefix` and a one-indexed suffix. */
function findNewAnchor(prefix, exclude) {
    for (let i = 1; true; ++i) {
        const name = `${prefix}${i}`;
        if (!exclude.has(name))
            return name;
    }
}
function createNodeAnchors(doc, prefix) {
    const aliasObjects = [];
    const sourceObjects = new Map();
    let prevAnchors = null;
    return {
        onAnchor: (source) => {
            aliasObjects.push(source);
            prevAnchors ?? (prevAnchors = anchorNames(doc));
            const anchor = findNewAnchor(prefix, prevAnchors);
            prevAnchors.add(anchor);
            return anchor;
        },
        /**
         * With circular references, the source node is only resolved after all
         * of its child nodes are. This is why anchors are set only after all of
         * the nodes have been created.
         */
        setAnchors: () => {
            for (const source of aliasObjects) {
                const ref = sourceObjects.get(source);
                if (typeof ref === 'object' &&
                    ref.anchor &&
                    (identity.isScalar(ref.node) || identity.isCollection(ref.node))) {
                    ref.node.anchor = ref.anchor;
                }
                else {
                    const error = new Error('Failed to resolve repeated object (this should not happen)');
                    error.source = source;
                    throw error;
                }
            }
        },
        sourceObjects
    };
}

exports.anchorIsValid = anchorIsValid;
exports.anchorNames = anchorNames;
exports.createNodeAnchors = createNodeAnchors;
exports.findNewAnchor = findNewAnchor;


/***/ }),

/***/ 6767:
/***/ ((__unused_webpack_module, exports) => {

"use strict";


/**
 * Applies the JSON.parse reviver algorithm as defined in the ECMA-262 spec,
 * in section 24.5.1.1 "Runtime Semantics: InternalizeJSONProperty" of the
 * 2021 edition: https://tc39.es/ecma262/#sec-json.parse
 *
 * Includes extensions for handling Map and Set objects.
 */
function applyReviver(reviver, obj, key, val) {
    if (val && typeof val === 'object') {
        if (Array.isArray(val)) {
            for (let i = 0, len = val.length; i < len; ++i) {
                const v0 = val[i];
                const v1 = applyReviver(reviver, val, String(i), v0);
                // eslint-disable-next-line @typescript-eslint/no-array-delete
                if (v1 === undefined)
                    delete val[i];
                else if (v1 !== v0)
                    val[i] = v1;
            }
        }
        else if (val instanceof Map) {
            for (const k of Array.from(val.keys())) {
                const v0 = val.get(k);
                const v1 = applyReviver(reviver, val, k, v0);
                if (v1 === undefined)
                    val.delete(k);
                else if (v1 !== v0)
                    val.set(k, v1);
            }
        }
        else if (val instanceof Set) {
            for (const v0 of Array.from(val)) {
                const v1 = applyReviver(reviver, val, v0, v0);
                if (v1 === undefined)
                    val.delete(v0);
                else if (v1 !== v0) {
                    val.delete(v0);
                    val.add(v1);
                }
            }
        }
        else {
            for (const [k, v0] of Object.entries(val)) {
                const v1 = applyReviver(reviver, val, k, v0);
                if (v1 === undefined)
                    delete val[k];
                else if (v1 !== v0)
                    val[k] = v1;
            }
        }
    }
    return reviver.call(obj, key, val);
}

exports.applyReviver = applyReviver;


/***/ }),

/***/ 1126:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

"use strict";


var Alias = __nccwpck_require__(7);
var identity = __nccwpck_require__(1737);
var Scalar = __nccwpck_require__(1543);

const defaultTagPrefix = 'tag:yaml.org,2002:';
function findTagObject(value, tagName, tags) {
    if (tagName) {
        const match = tags.filter(t => t.tag === tagName);
        const tagObj = match.find(t => !t.format) ?? match[0];
        if (!tagObj)
            throw new Error(`Tag ${tagName} not found`);
        return tagObj;
    }
    return tags.find(t => t.identify?.(value) && !t.format);
}
function createNode(value, tagName, ctx) {
    if (identity.isDocument(value))
        value = value.contents;
    if (identity.isNode(value))
        return value;
    if (identity.isPair(value)) {
        const map = ctx.schema[identity.MAP].createNode?.(ctx.schema, null, ctx);
        map.items.push(value);
        return map;
    }
    if (value instanceof String ||
        value instanceof Number ||
        value instanceof Boolean ||
        (typeof BigInt !== 'undefined' && value instanceof BigInt) // not supported everywhere
    ) {
        // https://tc39.es/ecma262/#sec-serializejsonproperty
        value = value.valueOf();
    }
    const { aliasDuplicateObjects, onAnchor, onTagObj, schema, sourceObjects } = ctx;
    // Detect duplicate references to the same object & use Alias nodes for all
    // after first. The `ref` wrapper allows for circular references to resolve.
    let ref = undefined;
    if (aliasDuplicateObjects && value && typeof value === 'object') {
        ref = sourceObjects.get(value);
        if (ref) {
            ref.anchor ?? (ref.anchor = onAnchor(value));
            return new Alias.Alias(ref.anchor);
        }
        else {
            ref = { anchor: null, node: null };
            sourceObjects.set(value, ref);
        }
    }
    if (tagName?.startsWith('!!'))
        tagName = defaultTagPrefix + tagName.slice(2);
    let tagObj = findTagObject(value, tagName, schema.tags);
    if (!tagObj) {
        if (value && typeof value.toJSON === 'function') {
            // eslint-disable-next-line @typescript-eslint/no-unsafe-call
            value = value.toJSON();
        }
        if (!value || typeof value !== 'object') {
            const node = new Scalar.Scalar(value);
            if (ref)
                ref.node = node;
            return node;
        }
        tagObj =
            value instanceof Map
                ? schema[identity.MAP]
                : Symbol.iterator in Object(value)
                    ? schema[identity.SEQ]
                    : schema[identity.MAP];
    }
    if (onTagObj) {
        onTagObj(tagObj);
        delete ctx.onTagObj;
    }
    const node = tagObj?.createNode
        ? tagObj.createNode(ctx.schema, value, ctx)
        : typeof tagObj?.nodeClass?.from === 'function'
            ? tagObj.nodeClass.from(ctx.schema, value, ctx)
            : new Scalar.Scalar(value);
    if (tagName)
        node.tag = tagName;
    else if (!tagObj.default)
        node.tag = tagObj.tag;
    if (ref)
        ref.node = node;
    return node;
}

exports.createNode = createNode;


/***/ }),

/***/ 2768:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

"use strict";


var identity = __nccwpck_require__(1737);
var visit = __nccwpck_require__(4190);

const escapeChars = {
    '!': '%21',
    ',': '%2C',
    '[': '%5B',
    ']': '%5D',
    '{': '%7B',
    '}': '%7D'
};
const escapeTagName = (tn) => tn.replace(/[!,[\]{}]/g, ch => escapeChars[ch]);
class Directives {
    constructor(yaml, tags) {
        /**
         * The directives-end/doc-start marker `---`. If `null`, a marker may still be
         * included in the document's stringified representation.
         */
        this.docStart = null;
        /** The doc-end marker `...`.  */
        this.docEnd = false;
        this.yaml = Object.assign({}, Directives.defaultYaml, yaml);
        this.tags = Object.assign({}, Directives.defaultTags, tags);
    }
    clone() {
        const copy = new Directives(this.yaml, this.tags);
        copy.docStart = this.docStart;
        return copy;
    }
    /**
     * During parsing, get a Directives instance for the current document and
     * update the stream state according to the current version's spec.
     */
    atDocument() {
        const res = new Directives(this.yaml, this.tags);
        switch (this.yaml.version) {
            case '1.1':
                this.atNextDocument = true;
                break;
            case '1.2':
                this.atNextDocument = false;
                this.yaml = {
                    explicit: Directives.defaultYaml.explicit,
                    version: '1.2'
                };
                this.tags = Object.assign({}, Directives.defaultTags);
                break;
        }
        return res;
    }
    /**
     * @param onError - May be called even if the action was successful
     * @returns `true` on success
     */
    add(line, onError) {
        if (this.atNextDocument) {
            this.yaml = { explicit: Directives.defaultYaml.explicit, version: '1.1' };
            this.tags = Object.assign({}, Directives.defaultTags);
            this.atNextDocument = false;
        }
        const parts = line.trim().split(/[ \t]+/);
        const name = parts.shift();
        switch (name) {
            case '%TAG': {
                if (parts.length !== 2) {
                    onError(0, '%TAG directive should contain exactly two parts');
                    if (parts.length < 2)
                        return false;
                }
                const [handle, prefix] = parts;
                this.tags[handle] = prefix;
                return true;
            }
            case '%YAML': {
                this.yaml.explicit = true;
                if (parts.length !== 1) {
                    onError(0, '%YAML directive should contain exactly one part');
                    return false;
                }
                const [version] = parts;
                if (version === '1.1' || version === '1.2') {
                    this.yaml.version = version;
                    return true;
                }
                else {
                    const isValid = /^\d+\.\d+$/.test(version);
                    onError(6, `Unsupported YAML version ${version}`, isValid);
                    return false;
                }
            }
            default:
                onError(0, `Unknown directive ${name}`, true);
                return false;
        }
    }
    /**
     * Resolves a tag, matching handles to those defined in %TAG directives.
     *
     * @returns Resolved tag, which may also be the non-specific tag `'!'` or a
     *   `'!local'` tag, or `null` if unresolvable.
     */
    tagName(source, onError) {
        if (source === '!')
            return '!'; // non-specific tag
        if (source[0] !== '!') {
            onError(`Not a valid tag: ${source}`);
            return null;
        }
        if (source[1] === '<') {
            const verbatim = source.slice(2, -1);
            if (verbatim === '!' || verbatim === '!!') {
                onError(`Verbatim tags aren't resolved, so ${source} is invalid.`);
                return null;
            }
            if (source[source.length - 1] !== '>')
                onError('Verbatim tags must end with a >');
            return verbatim;
        }
        const [, handle, suffix] = source.match(/^(.*!)([^!]*)$/s);
        if (!suffix)
            onError(`The ${source} tag has no suffix`);
        const prefix = this.tags[handle];
        if (prefix) {
            try {
                return prefix + decodeURIComponent(suffix);
            }
            catch (error) {
                onError(String(error));
                return null;
            }
        }
        if (handle === '!')
            return source; // local tag
        onError(`Could not resolve tag: ${source}`);
        return null;
    }
    /**
     * Given a fully resolved tag, returns its printable string form,
     * taking into account current tag prefixes and defaults.
     */
    tagString(tag) {
        for (const [handle, prefix] of Object.entries(this.tags)) {
            if (tag.startsWith(prefix))
                return handle + escapeTagName(tag.substring(prefix.length));
        }
        return tag[0] === '!' ? tag : `!<${tag}>`;
    }
    toString(doc) {
        const lines = this.yaml.explicit
            ? [`%YAML ${this.yaml.version || '1.2'}`]
            : [];
        const tagEntries = Object.entries(this.tags);
        let tagNames;
        if (doc && tagEntries.length > 0 && identity.isNode(doc.contents)) {
            const tags = {};
            visit.visit(doc.contents, (_key, node) => {
                if (identity.isNode(node) && node.tag)
                    tags[node.tag] = true;
            });
            tagNames = Object.keys(tags);
        }
        else
            tagNames = [];
        for (const [handle, prefix] of tagEntries) {
            if (handle === '!!' && prefix === 'tag:yaml.org,2002:')
                continue;
            if (!doc || tagNames.some(tn => tn.startsWith(prefix)))
                lines.push(`%TAG ${handle} ${prefix}`);
        }
        return lines.join('\n');
    }
}
Directives.defaultYaml = { explicit: false, version: '1.2' };
Directives.defaultTags = { '!!': 'tag:yaml.org,2002:' };

exports.Directives = Directives;


/***/ }),

/***/ 8450:
/***/ ((__unused_webpack_module, exports) => {

"use strict";


class YAMLError extends Error {
    constructor(name, pos, code, message) {
        super();
        this.name = name;
        this.code = code;
        this.message = message;
        this.pos = pos;
    }
}
class YAMLParseError extends YAMLError {
    constructor(pos, code, message) {
        super('YAMLParseError', pos, code, message);
    }
}
class YAMLWarning extends YAMLError {
    constructor(pos, code, message) {
        super('YAMLWarning', pos, code, message);
    }
}
const prettifyError = (src, lc) => (error) => {
    if (error.pos[0] === -1)
        return;
    error.linePos = error.pos.map(pos => lc.linePos(pos));
    const { line, col } = error.linePos[0];
    error.message += ` at line ${line}, column ${col}`;
    let ci = col - 1;
    let lineStr = src
        .substring(lc.lineStarts[line - 1], lc.lineStarts[line])
        .replace(/[\n\r]+$/, '');
    // Trim to max 80 chars, keeping col position near the middle
    if (ci >= 60 && lineStr.length > 80) {
        const trimStart = Math.min(ci - 39, lineStr.length - 79);
        lineStr = '…' + lineStr.substring(trimStart);
        ci -= trimStart - 1;
    }
    if (lineStr.length > 80)
        lineStr = lineStr.substring(0, 79) + '…';
    // Include previous line in context if pointing at line start
    if (line > 1 && /^ *$/.test(lineStr.substring(0, ci))) {
        // Regexp won't match if start is trimmed
        let prev = src.substring(lc.lineStarts[line - 2], lc.lineStarts[line - 1]);
        if (prev.length > 80)
            prev = prev.substring(0, 79) + '…\n';
        lineStr = prev + lineStr;
    }
    if (/[^ ]/.test(lineStr)) {
        let count = 1;
        const end = error.linePos[1];
        if (end?.line === line && end.col > col) {
            count = Math.max(1, Math.min(end.col - col, 80 - ci));
        }
        const pointer = ' '.repeat(ci) + '^'.repeat(count);
        error.message += `:\n\n${lineStr}\n${pointer}\n`;
    }
};

exports.YAMLError = YAMLError;
exports.YAMLParseError = YAMLParseError;
exports.YAMLWarning = YAMLWarning;
exports.prettifyError = prettifyError;


/***/ }),

/***/ 6637:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

"use strict";
var __webpack_unused_export__;


var composer = __nccwpck_require__(2814);
var Document = __nccwpck_require__(3915);
var Schema = __nccwpck_require__(7878);
var errors = __nccwpck_require__(8450);
var Alias = __nccwpck_require__(7);
var identity = __nccwpck_require__(1737);
var Pair = __nccwpck_require__(7567);
var Scalar = __nccwpck_require__(1543);
var YAMLMap = __nccwpck_require__(1856);
var YAMLSeq = __nccwpck_require__(3013);
var cst = __nccwpck_require__(1475);
var lexer = __nccwpck_require__(7371);
var lineCounter = __nccwpck_require__(1242);
var parser = __nccwpck_require__(8238);
var publicApi = __nccwpck_require__(9901);
var visit = __nccwpck_require__(4190);



__webpack_unused_export__ = composer.Composer;
__webpack_unused_export__ = Document.Document;
__webpack_unused_export__ = Schema.Schema;
__webpack_unused_export__ = errors.YAMLError;
__webpack_unused_export__ = errors.YAMLParseError;
__webpack_unused_export__ = errors.YAMLWarning;
__webpack_unused_export__ = Alias.Alias;
exports.Vj = identity.isAlias;
__webpack_unused_export__ = identity.isCollection;
__webpack_unused_export__ = identity.isDocument;
exports.jh = identity.isMap;
__webpack_unused_export__ = identity.isNode;
__webpack_unused_export__ = identity.isPair;
exports.jn = identity.isScalar;
exports.oP = identity.isSeq;
__webpack_unused_export__ = Pair.Pair;
__webpack_unused_export__ = Scalar.Scalar;
__webpack_unused_export__ = YAMLMap.YAMLMap;
__webpack_unused_export__ = YAMLSeq.YAMLSeq;
__webpack_unused_export__ = cst;
__webpack_unused_export__ = lexer.Lexer;
exports.HN = lineCounter.LineCounter;
__webpack_unused_export__ = parser.Parser;
__webpack_unused_export__ = publicApi.parse;
__webpack_unused_export__ = publicApi.parseAllDocuments;
exports.Tp = publicApi.parseDocument;
__webpack_unused_export__ = publicApi.stringify;
exports.YR = visit.visit;
__webpack_unused_export__ = visit.visitAsync;


/***/ }),

/***/ 8195:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

"use strict";


var node_process = __nccwpck_require__(932);

function debug(logLevel, ...messages) {
    if (logLevel === 'debug')
        console.log(...messages);
}
function warn(logLevel, warning) {
    if (logLevel === 'debug' || logLevel === 'warn') {
        if (typeof node_process.emitWarning === 'function')
            node_process.emitWarning(warning);
        else
            console.warn(warning);
    }
}

exports.debug = debug;
exports.warn = warn;


/***/ }),

/***/ 7:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

"use strict";


var anchors = __nccwpck_require__(9030);
var visit = __nccwpck_require__(4190);
var identity = __nccwpck_require__(1737);
var Node = __nccwpck_require__(9447);
var toJS = __nccwpck_require__(445);

class Alias extends Node.NodeBase {
    constructor(source) {
        super(identity.ALIAS);
        this.source = source;
        Object.defineProperty(this, 'tag', {
            set() {
                throw new Error('Alias nodes cannot have tags');
            }
        });
    }
    /**
     * Resolve the value of this alias within `doc`, finding the last
     * instance of the `source` anchor before this node.
     */
    resolve(doc, ctx) {
        if (ctx?.maxAliasCount === 0)
            throw new ReferenceError('Alias resolution is disabled');
        let nodes;
        if (ctx?.aliasResolveCache) {
            nodes = ctx.aliasResolveCache;
        }
        else {
            nodes = [];
            visit.visit(doc, {
                Node: (_key, node) => {
                    if (identity.isAlias(node) || identity.hasAnchor(node))
                        nodes.push(node);
                }
            });
            if (ctx)
                ctx.aliasResolveCache = nodes;
        }
        let found = undefined;
        for (const node of nodes) {
            if (node === this)
                break;
            if (node.anchor === this.source)
                found = node;
        }
        if (found && ctx) {
            const { anchors, doc, maxAliasCount } = ctx;
            let data = anchors.get(found);
            if (!data) {
                // Resolve anchors for Node.prototype.toJS()
                toJS.toJS(found, null, ctx);
                data = anchors.get(found);
            }
            /* istanbul ignore if */
            if (data?.res === undefined) {
                const msg = 'This should not happen: Alias anchor was not resolved?';
                throw new ReferenceError(msg);
            }
            if (maxAliasCount >= 0) {
                data.count += 1;
                if (data.aliasCount === 0)
                    data.aliasCount = getAliasCount(doc, found, anchors);
                if (data.count * data.aliasCount > maxAliasCount) {
                    const msg = 'Excessive alias count indicates a resource exhaustion attack';
                    throw new ReferenceError(msg);
                }
            }
        }
        return found;
    }
    toJSON(_arg, ctx) {
        if (!ctx)
            return { source: this.source };
        const source = this.resolve(ctx.doc, ctx);
        if (!source) {
            const msg = `Unresolved alias (the anchor must be set before the alias): ${this.source}`;
            throw new ReferenceError(msg);
        }
        return ctx.anchors.get(source).res;
    }
    toString(ctx, _onComment, _onChompKeep) {
        const src = `*${this.source}`;
        if (ctx) {
            anchors.anchorIsValid(this.source);
            if (ctx.options.verifyAliasOrder && !ctx.anchors.has(this.source)) {
                const msg = `Unresolved alias (the anchor must be set before the alias): ${this.source}`;
                throw new Error(msg);
            }
            if (ctx.implicitKey)
                return `${src} `;
        }
        return src;
    }
}
function getAliasCount(doc, node, anchors) {
    if (identity.isAlias(node)) {
        const source = node.resolve(doc);
        const anchor = anchors && source && anchors.get(source);
        return anchor ? anchor.count * anchor.aliasCount : 0;
    }
    else if (identity.isCollection(node)) {
        let count = 0;
        for (const item of node.items) {
            const c = getAliasCount(doc, item, anchors);
            if (c > count)
                count = c;
        }
        return count;
    }
    else if (identity.isPair(node)) {
        const kc = getAliasCount(doc, node.key, anchors);
        const vc = getAliasCount(doc, node.value, anchors);
        return Math.max(kc, vc);
    }
    return 1;
}

exports.Alias = Alias;


/***/ }),

/***/ 935:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

"use strict";


var createNode = __nccwpck_require__(1126);
var identity = __nccwpck_require__(1737);
var Node = __nccwpck_require__(9447);

function collectionFromPath(schema, path, value) {
    let v = value;
    for (let i = path.length - 1; i >= 0; --i) {
        const k = path[i];
        if (typeof k === 'number' && Number.isInteger(k) && k >= 0) {
            const a = [];
            a[k] = v;
            v = a;
        }
        else {
            v = new Map([[k, v]]);
        }
    }
    return createNode.createNode(v, undefined, {
        aliasDuplicateObjects: false,
        keepUndefined: false,
        onAnchor: () => {
            throw new Error('This should not happen, please report a bug.');
        },
        schema,
        sourceObjects: new Map()
    });
}
// Type guard is intentionally a little wrong so as to be more useful,
// as it does not cover untypable empty non-string iterables (e.g. []).
const isEmptyPath = (path) => path == null ||
    (typeof path === 'object' && !!path[Symbol.iterator]().next().done);
class Collection extends Node.NodeBase {
    constructor(type, schema) {
        super(type);
        Object.defineProperty(this, 'schema', {
            value: schema,
            configurable: true,
            enumerable: false,
            writable: true
        });
    }
    /**
     * Create a copy of this collection.
     *
     * @param schema - If defined, overwrites the original's schema
     */
    clone(schema) {
        const copy = Object.create(Object.getPrototypeOf(this), Object.getOwnPropertyDescriptors(this));
        if (schema)
            copy.schema = schema;
        copy.items = copy.items.map(it => identity.isNode(it) || identity.isPair(it) ? it.clone(schema) : it);
        if (this.range)
            copy.range = this.range.slice();
        return copy;
    }
    /**
     * Adds a value to the collection. For `!!map` and `!!omap` the value must
     * be a Pair instance or a `{ key, value }` object, which may not have a key
     * that already exists in the map.
     */
    addIn(path, value) {
        if (isEmptyPath(path))
            this.add(value);
        else {
            const [key, ...rest] = path;
            const node = this.get(key, true);
            if (identity.isCollection(node))
                node.addIn(rest, value);
            else if (node === undefined && this.schema)
                this.set(key, collectionFromPath(this.schema, rest, value));
            else
                throw new Error(`Expected YAML collection at ${key}. Remaining path: ${rest}`);
        }
    }
    /**
     * Removes a value from the collection.
     * @returns `true` if the item was found and removed.
     */
    deleteIn(path) {
        const [key, ...rest] = path;
        if (rest.length === 0)
            return this.delete(key);
        const node = this.get(key, true);
        if (identity.isCollection(node))
            return node.deleteIn(rest);
        else
            throw new Error(`Expected YAML collection at ${key}. Remaining path: ${rest}`);
    }
    /**
     * Returns item at `key`, or `undefined` if not found. By default unwraps
     * scalar values from their surrounding node; to disable set `keepScalar` to
     * `true` (collections are always returned intact).
     */
    getIn(path, keepScalar) {
        const [key, ...rest] = path;
        const node = this.get(key, true);
        if (rest.length === 0)
            return !keepScalar && identity.isScalar(node) ? node.value : node;
        else
            return identity.isCollection(node) ? node.getIn(rest, keepScalar) : undefined;
    }
    hasAllNullValues(allowScalar) {
        return this.items.every(node => {
            if (!identity.isPair(node))
                return false;
            const n = node.value;
            return (n == null ||
                (allowScalar &&
                    identity.isScalar(n) &&
                    n.value == null &&
                    !n.commentBefore &&
                    !n.comment &&
                    !n.tag));
        });
    }
    /**
     * Checks if the collection includes a value with the key `key`.
     */
    hasIn(path) {
        const [key, ...rest] = path;
        if (rest.length === 0)
            return this.has(key);
        const node = this.get(key, true);
        return identity.isCollection(node) ? node.hasIn(rest) : false;
    }
    /**
     * Sets a value in this collection. For `!!set`, `value` needs to be a
     * boolean to add/remove the item from the set.
     */
    setIn(path, value) {
        const [key, ...rest] = path;
        if (rest.length === 0) {
            this.set(key, value);
        }
        else {
            const node = this.get(key, true);
            if (identity.isCollection(node))
                node.setIn(rest, value);
            else if (node === undefined && this.schema)
                this.set(key, collectionFromPath(this.schema, rest, value));
            else
                throw new Error(`Expected YAML collection at ${key}. Remaining path: ${rest}`);
        }
    }
}

exports.Collection = Collection;
exports.collectionFromPath = collectionFromPath;
exports.isEmptyPath = isEmptyPath;


/***/ }),

/***/ 9447:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

"use strict";


var applyReviver = __nccwpck_require__(6767);
var identity = __nccwpck_require__(1737);
var toJS = __nccwpck_require__(445);

class NodeBase {
    constructor(type) {
        Object.defineProperty(this, identity.NODE_TYPE, { value: type });
    }
    /** Create a copy of this node.  */
    clone() {
        const copy = Object.create(Object.getPrototypeOf(this), Object.getOwnPropertyDescriptors(this));
        if (this.range)
            copy.range = this.range.slice();
        return copy;
    }
    /** A plain JavaScript representation of this node. */
    toJS(doc, { mapAsMap, maxAliasCount, onAnchor, reviver } = {}) {
        if (!identity.isDocument(doc))
            throw new TypeError('A document argument is required');
        const ctx = {
            anchors: new Map(),
            doc,
            keep: true,
            mapAsMap: mapAsMap === true,
            mapKeyWarned: false,
            maxAliasCount: typeof maxAliasCount === 'number' ? maxAliasCount : 100
        };
        const res = toJS.toJS(this, '', ctx);
        if (typeof onAnchor === 'function')
            for (const { count, res } of ctx.anchors.values())
                onAnchor(res, count);
        return typeof reviver === 'function'
            ? applyReviver.applyReviver(reviver, { '': res }, '', res)
            : res;
    }
}

exports.NodeBase = NodeBase;


/***/ }),

/***/ 7567:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

"use strict";


var createNode = __nccwpck_require__(1126);
var stringifyPair = __nccwpck_require__(8070);
var addPairToJSMap = __nccwpck_require__(8374);
var identity = __nccwpck_require__(1737);

function createPair(key, value, ctx) {
    const k = createNode.createNode(key, undefined, ctx);
    const v = createNode.createNode(value, undefined, ctx);
    return new Pair(k, v);
}
class Pair {
    constructor(key, value = null) {
        Object.defineProperty(this, identity.NODE_TYPE, { value: identity.PAIR });
        this.key = key;
        this.value = value;
    }
    clone(schema) {
        let { key, value } = this;
        if (identity.isNode(key))
            key = key.clone(schema);
        if (identity.isNode(value))
            value = value.clone(schema);
        return new Pair(key, value);
    }
    toJSON(_, ctx) {
        const pair = ctx?.mapAsMap ? new Map() : {};
        return addPairToJSMap.addPairToJSMap(ctx, pair, this);
    }
    toString(ctx, onComment, onChompKeep) {
        return ctx?.doc
            ? stringifyPair.stringifyPair(this, ctx, onComment, onChompKeep)
            : JSON.stringify(this);
    }
}

exports.Pair = Pair;
exports.createPair = createPair;


/***/ }),

/***/ 1543:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

"use strict";


var identity = __nccwpck_require__(1737);
var Node = __nccwpck_require__(9447);
var toJS = __nccwpck_require__(445);

const isScalarValue = (value) => !value || (typeof value !== 'function' && typeof value !== 'object');
class Scalar extends Node.NodeBase {
    constructor(value) {
        super(identity.SCALAR);
        this.value = value;
    }
    toJSON(arg, ctx) {
        return ctx?.keep ? this.value : toJS.toJS(this.value, arg, ctx);
    }
    toString() {
        return String(this.value);
    }
}
Scalar.BLOCK_FOLDED = 'BLOCK_FOLDED';
Scalar.BLOCK_LITERAL = 'BLOCK_LITERAL';
Scalar.PLAIN = 'PLAIN';
Scalar.QUOTE_DOUBLE = 'QUOTE_DOUBLE';
Scalar.QUOTE_SINGLE = 'QUOTE_SINGLE';

exports.Scalar = Scalar;
exports.isScalarValue = isScalarValue;


/***/ }),

/***/ 1856:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

"use strict";


var stringifyCollection = __nccwpck_require__(486);
var addPairToJSMap = __nccwpck_require__(8374);
var Collection = __nccwpck_require__(935);
var identity = __nccwpck_require__(1737);
var Pair = __nccwpck_require__(7567);
var Scalar = __nccwpck_require__(1543);

function findPair(items, key) {
    const k = identity.isScalar(key) ? key.value : key;
    for (const it of items) {
        if (identity.isPair(it)) {
            if (it.key === key || it.key === k)
                return it;
            if (identity.isScalar(it.key) && it.key.value === k)
                return it;
        }
    }
    return undefined;
}
class YAMLMap extends Collection.Collection {
    static get tagName() {
        return 'tag:yaml.org,2002:map';
    }
    constructor(schema) {
        super(identity.MAP, schema);
        this.items = [];
    }
    /**
     * A generic collection parsing method that can be extended
     * to other node classes that inherit from YAMLMap
     */
    static from(schema, obj, ctx) {
        const { keepUndefined, replacer } = ctx;
        const map = new this(schema);
        const add = (key, value) => {
            if (typeof replacer === 'function')
                value = replacer.call(obj, key, value);
            else if (Array.isArray(replacer) && !replacer.includes(key))
                return;
            if (value !== undefined || keepUndefined)
                map.items.push(Pair.createPair(key, value, ctx));
        };
        if (obj instanceof Map) {
            for (const [key, value] of obj)
                add(key, value);
        }
        else if (obj && typeof obj === 'object') {
            for (const key of Object.keys(obj))
                add(key, obj[key]);
        }
        if (typeof schema.sortMapEntries === 'function') {
            map.items.sort(schema.sortMapEntries);
        }
        return map;
    }
    /**
     * Adds a value to the collection.
     *
     * @param overwrite - If not set `true`, using a key that is already in the
     *   collection will throw. Otherwise, overwrites the previous value.
     */
    add(pair, overwrite) {
        let _pair;
        if (identity.isPair(pair))
            _pair = pair;
        else if (!pair || typeof pair !== 'object' || !('key' in pair)) {
            // In TypeScript, this never happens.
            _pair = new Pair.Pair(pair, pair?.value);
        }
        else
            _pair = new Pair.Pair(pair.key, pair.value);
        const prev = findPair(this.items, _pair.key);
        const sortEntries = this.schema?.sortMapEntries;
        if (prev) {
            if (!overwrite)
                throw new Error(`Key ${_pair.key} already set`);
            // For scalars, keep the old node & its comments and anchors
            if (identity.isScalar(prev.value) && Scalar.isScalarValue(_pair.value))
                prev.value.value = _pair.value;
            else
                prev.value = _pair.value;
        }
        else if (sortEntries) {
            const i = this.items.findIndex(item => sortEntries(_pair, item) < 0);
            if (i === -1)
                this.items.push(_pair);
            else
                this.items.splice(i, 0, _pair);
        }
        else {
            this.items.push(_pair);
        }
    }
    delete(key) {
        const it = findPair(this.items, key);
        if (!it)
            return false;
        const del = this.items.splice(this.items.indexOf(it), 1);
        return del.length > 0;
    }
    get(key, keepScalar) {
        const it = findPair(this.items, key);
        const node = it?.value;
        return (!keepScalar && identity.isScalar(node) ? node.value : node) ?? undefined;
    }
    has(key) {
        return !!findPair(this.items, key);
    }
    set(key, value) {
        this.add(new Pair.Pair(key, value), true);
    }
    /**
     * @param ctx - Conversion context, originally set in Document#toJS()
     * @param {Class} Type - If set, forces the returned collection type
     * @returns Instance of Type, Map, or Object
     */
    toJSON(_, ctx, Type) {
        const map = Type ? new Type() : ctx?.mapAsMap ? new Map() : {};
        if (ctx?.onCreate)
            ctx.onCreate(map);
        for (const item of this.items)
            addPairToJSMap.addPairToJSMap(ctx, map, item);
        return map;
    }
    toString(ctx, onComment, onChompKeep) {
        if (!ctx)
            return JSON.stringify(this);
        for (const item of this.items) {
            if (!identity.isPair(item))
                throw new Error(`Map items must all be pairs; found ${JSON.stringify(item)} instead`);
        }
        if (!ctx.allNullValues && this.hasAllNullValues(false))
            ctx = Object.assign({}, ctx, { allNullValues: true });
        return stringifyCollection.stringifyCollection(this, ctx, {
            blockItemPrefix: '',
            flowChars: { start: '{', end: '}' },
            itemIndent: ctx.indent || '',
            onChompKeep,
            onComment
        });
    }
}

exports.YAMLMap = YAMLMap;
exports.findPair = findPair;


/***/ }),

/***/ 3013:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

"use strict";


var createNode = __nccwpck_require__(1126);
var stringifyCollection = __nccwpck_require__(486);
var Collection = __nccwpck_require__(935);
var identity = __nccwpck_require__(1737);
var Scalar = __nccwpck_require__(1543);
var toJS = __nccwpck_require__(445);

class YAMLSeq extends Collection.Collection {
    static get tagName() {
        return 'tag:yaml.org,2002:seq';
    }
    constructor(schema) {
        super(identity.SEQ, schema);
        this.items = [];
    }
    add(value) {
        this.items.push(value);
    }
    /**
     * Removes a value from the collection.
     *
     * `key` must contain a representation of an integer for this to succeed.
     * It may be wrapped in a `Scalar`.
     *
     * @returns `true` if the item was found and removed.
     */
    delete(key) {
        const idx = asItemIndex(key);
        if (typeof idx !== 'number')
            return false;
        const del = this.items.splice(idx, 1);
        return del.length > 0;
    }
    get(key, keepScalar) {
        const idx = asItemIndex(key);
        if (typeof idx !== 'number')
            return undefined;
        const it = this.items[idx];
        return !keepScalar && identity.isScalar(it) ? it.value : it;
    }
    /**
     * Checks if the collection includes a value with the key `key`.
     *
     * `key` must contain a representation of an integer for this to succeed.
     * It may be wrapped in a `Scalar`.
     */
    has(key) {
        const idx = asItemIndex(key);
        return typeof idx === 'number' && idx < this.items.length;
    }
    /**
     * Sets a value in this collection. For `!!set`, `value` needs to be a
     * boolean to add/remove the item from the set.
     *
     * If `key` does not contain a representation of an integer, this will throw.
     * It may be wrapped in a `Scalar`.
     */
    set(key, value) {
        const idx = asItemIndex(key);
        if (typeof idx !== 'number')
            throw new Error(`Expected a valid index, not ${key}.`);
        const prev = this.items[idx];
        if (identity.isScalar(prev) && Scalar.isScalarValue(value))
            prev.value = value;
        else
            this.items[idx] = value;
    }
    toJSON(_, ctx) {
        const seq = [];
        if (ctx?.onCreate)
            ctx.onCreate(seq);
        let i = 0;
        for (const item of this.items)
            seq.push(toJS.toJS(item, String(i++), ctx));
        return seq;
    }
    toString(ctx, onComment, onChompKeep) {
        if (!ctx)
            return JSON.stringify(this);
        return stringifyCollection.stringifyCollection(this, ctx, {
            blockItemPrefix: '- ',
            flowChars: { start: '[', end: ']' },
            itemIndent: (ctx.indent || '') + '  ',
            onChompKeep,
            onComment
        });
    }
    static from(schema, obj, ctx) {
        const { replacer } = ctx;
        const seq = new this(schema);
        if (obj && Symbol.iterator in Object(obj)) {
            let i = 0;
            for (let it of obj) {
                if (typeof replacer === 'function') {
                    const key = obj instanceof Set ? it : String(i++);
                    it = replacer.call(obj, key, it);
                }
                seq.items.push(createNode.createNode(it, undefined, ctx));
            }
        }
        return seq;
    }
}
function asItemIndex(key) {
    let idx = identity.isScalar(key) ? key.value : key;
    if (idx && typeof idx === 'string')
        idx = Number(idx);
    return typeof idx === 'number' && Number.isInteger(idx) && idx >= 0
        ? idx
        : null;
}

exports.YAMLSeq = YAMLSeq;


/***/ }),

/***/ 8374:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

"use strict";


var log = __nccwpck_require__(8195);
var merge = __nccwpck_require__(5970);
var stringify = __nccwpck_require__(5474);
var identity = __nccwpck_require__(1737);
var toJS = __nccwpck_require__(445);

function addPairToJSMap(ctx, map, { key, value }) {
    if (identity.isNode(key) && key.addToJSMap)
        key.addToJSMap(ctx, map, value);
    // TODO: Should drop this special case for bare << handling
    else if (merge.isMergeKey(ctx, key))
        merge.addMergeToJSMap(ctx, map, value);
    else {
        const jsKey = toJS.toJS(key, '', ctx);
        if (map instanceof Map) {
            map.set(jsKey, toJS.toJS(value, jsKey, ctx));
        }
        else if (map instanceof Set) {
            map.add(jsKey);
        }
        else {
            const stringKey = stringifyKey(key, jsKey, ctx);
            const jsValue = toJS.toJS(value, stringKey, ctx);
            if (stringKey in map)
                Object.defineProperty(map, stringKey, {
                    value: jsValue,
                    writable: true,
                    enumerable: true,
                    configurable: true
                });
            else
                map[stringKey] = jsValue;
        }
    }
    return map;
}
function stringifyKey(key, jsKey, ctx) {
    if (jsKey === null)
        return '';
    // eslint-disable-next-line @typescript-eslint/no-base-to-string
    if (typeof jsKey !== 'object')
        return String(jsKey);
    if (identity.isNode(key) && ctx?.doc) {
        const strCtx = stringify.createStringifyContext(ctx.doc, {});
        strCtx.anchors = new Set();
        for (const node of ctx.anchors.keys())
            strCtx.anchors.add(node.anchor);
        strCtx.inFlow = true;
        strCtx.inStringifyKey = true;
        const strKey = key.toString(strCtx);
        if (!ctx.mapKeyWarned) {
            let jsonStr = JSON.stringify(strKey);
            if (jsonStr.length > 40)
                jsonStr = jsonStr.substring(0, 36) + '..."';
            log.warn(ctx.doc.options.logLevel, `Keys with collection values will be stringified due to JS Object restrictions: ${jsonStr}. Set mapAsMap: true to use object keys.`);
            ctx.mapKeyWarned = true;
        }
        return strKey;
    }
    return JSON.stringify(jsKey);
}

exports.addPairToJSMap = addPairToJSMap;


/***/ }),

/***/ 1737:
/***/ ((__unused_webpack_module, exports) => {

"use strict";


const ALIAS = Symbol.for('yaml.alias');
const DOC = Symbol.for('yaml.document');
const MAP = Symbol.for('yaml.map');
const PAIR = Symbol.for('yaml.pair');
const SCALAR = Symbol.for('yaml.scalar');
const SEQ = Symbol.for('yaml.seq');
const NODE_TYPE = Symbol.for('yaml.node.type');
const isAlias = (node) => !!node && typeof node === 'object' && node[NODE_TYPE] === ALIAS;
const isDocument = (node) => !!node && typeof node === 'object' && node[NODE_TYPE] === DOC;
const isMap = (node) => !!node && typeof node === 'object' && node[NODE_TYPE] === MAP;
const isPair = (node) => !!node && typeof node === 'object' && node[NODE_TYPE] === PAIR;
const isScalar = (node) => !!node && typeof node === 'object' && node[NODE_TYPE] === SCALAR;
const isSeq = (node) => !!node && typeof node === 'object' && node[NODE_TYPE] === SEQ;
function isCollection(node) {
    if (node && typeof node === 'object')
        switch (node[NODE_TYPE]) {
            case MAP:
            case SEQ:
                return true;
        }
    return false;
}
function isNode(node) {
    if (node && typeof node === 'object')
        switch (node[NODE_TYPE]) {
            case ALIAS:
            case MAP:
            case SCALAR:
            case SEQ:
                return true;
        }
    return false;
}
const hasAnchor = (node) => (isScalar(node) || isCollection(node)) && !!node.anchor;

exports.ALIAS = ALIAS;
exports.DOC = DOC;
exports.MAP = MAP;
exports.NODE_TYPE = NODE_TYPE;
exports.PAIR = PAIR;
exports.SCALAR = SCALAR;
exports.SEQ = SEQ;
exports.hasAnchor = hasAnchor;
exports.isAlias = isAlias;
exports.isCollection = isCollection;
exports.isDocument = isDocument;
exports.isMap = isMap;
exports.isNode = isNode;
exports.isPair = isPair;
exports.isScalar = isScalar;
exports.isSeq = isSeq;


/***/ }),

/***/ 445:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

"use strict";


var identity = __nccwpck_require__(1737);

/**
 * Recursively convert any node or its contents to native JavaScript
 *
 * @param value - The input value
 * @param arg - If `value` defines a `toJSON()` method, use this
 *   as its first argument
 * @param ctx - Conversion context, originally set in Document#toJS(). If
 *   `{ keep: true }` is not set, output should be suitable for JSON
 *   stringification.
 */
function toJS(value, arg, ctx) {
    // eslint-disable-next-line @typescript-eslint/no-unsafe-return
    if (Array.isArray(value))
        return value.map((v, i) => toJS(v, String(i), ctx));
    if (value && typeof value.toJSON === 'function') {
        // eslint-disable-next-line @typescript-eslint/no-unsafe-call
        if (!ctx || !identity.hasAnchor(value))
            return value.toJSON(arg, ctx);
        const data = { aliasCount: 0, count: 1, res: undefined };
        ctx.anchors.set(value, data);
        ctx.onCreate = res => {
            data.res = res;
            delete ctx.onCreate;
        };
        const res = value.toJSON(arg, ctx);
        if (ctx.onCreate)
            ctx.onCreate(res);
        return res;
    }
    if (typeof value === 'bigint' && !ctx?.keep)
        return Number(value);
    return value;
}

exports.toJS = toJS;


/***/ }),

/***/ 1588:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

"use strict";


var resolveBlockScalar = __nccwpck_require__(1399);
var resolveFlowScalar = __nccwpck_require__(2976);
var errors = __nccwpck_require__(8450);
var stringifyString = __nccwpck_require__(4387);

function resolveAsScalar(token, strict = true, onError) {
    if (token) {
        const _onError = (pos, code, message) => {
            const offset = typeof pos === 'number' ? pos : Array.isArray(pos) ? pos[0] : pos.offset;
            if (onError)
                onError(offset, code, message);
            else
                throw new errors.YAMLParseError([offset, offset + 1], code, message);
        };
        switch (token.type) {
            case 'scalar':
            case 'single-quoted-scalar':
            case 'double-quoted-scalar':
                return resolveFlowScalar.resolveFlowScalar(token, strict, _onError);
            case 'block-scalar':
                return resolveBlockScalar.resolveBlockScalar({ options: { strict } }, token, _onError);
        }
    }
    return null;
}
/**
 * Create a new scalar token with `value`
 *
 * Values that represent an actual string but may be parsed as a different type should use a `type` other than `'PLAIN'`,
 * as this function does not support any schema operations and won't check for such conflicts.
 *
 * @param value The string representation of the value, which will have its content properly indented.
 * @param context.end Comments and whitespace after the end of the value, or after the block scalar header. If undefined, a newline will be added.
 * @param context.implicitKey Being within an implicit key may affect the resolved type of the token's value.
 * @param context.indent The indent level of the token.
 * @param context.inFlow Is this scalar within a flow collection? This may affect the resolved type of the token's value.
 * @param context.offset The offset position of the token.
 * @param context.type The preferred type of the scalar token. If undefined, the previous type of the `token` will be used, defaulting to `'PLAIN'`.
 */
function createScalarToken(value, context) {
    const { implicitKey = false, indent, inFlow = false, offset = -1, type = 'PLAIN' } = context;
    const source = stringifyString.stringifyString({ type, value }, {
        implicitKey,
        indent: indent > 0 ? ' '.repeat(indent) : '',
        inFlow,
        options: { blockQuote: true, lineWidth: -1 }
    });
    const end = context.end ?? [
        { type: 'newline', offset: -1, indent, source: '\n' }
    ];
    switch (source[0]) {
        case '|':
        case '>': {
            const he = source.indexOf('\n');
            const head = source.substring(0, he);
            const body = source.substring(he + 1) + '\n';
            const props = [
                { type: 'block-scalar-header', offset, indent, source: head }
            ];
            if (!addEndtoBlockProps(props, end))
                props.push({ type: 'newline', offset: -1, indent, source: '\n' });
            return { type: 'block-scalar', offset, indent, props, source: body };
        }
        case '"':
            return { type: 'double-quoted-scalar', offset, indent, source, end };
        case "'":
            return { type: 'single-quoted-scalar', offset, indent, source, end };
        default:
            return { type: 'scalar', offset, indent, source, end };
    }
}
/**
 * Set the value of `token` to the given string `value`, overwriting any previous contents and type that it may have.
 *
 * Best efforts are made to retain any comments previously associated with the `token`,
 * though all contents within a collection's `items` will be overwritten.
 *
 * Values that represent an actual string but may be parsed as a different type should use a `type` other than `'PLAIN'`,
 * as this function does not support any schema operations and won't check for such conflicts.
 *
 * @param token Any token. If it does not include an `indent` value, the value will be stringified as if it were an implicit key.
 * @param value The string representation of the value, which will have its content properly indented.
 * @param context.afterKey In most cases, values after a key should have an additional level of indentation.
 * @param context.implicitKey Being within an implicit key may affect the resolved type of the token's value.
 * @param context.inFlow Being within a flow collection may affect the resolved type of the token's value.
 * @param context.type The preferred type of the scalar token. If undefined, the previous type of the `token` will be used, defaulting to `'PLAIN'`.
 */
function setScalarValue(token, value, context = {}) {
    let { afterKey = false, implicitKey = false, inFlow = false, type } = context;
    let indent = 'indent' in token ? token.indent : null;
    if (afterKey && typeof indent === 'number')
        indent += 2;
    if (!type)
        switch (token.type) {
            case 'single-quoted-scalar':
                type = 'QUOTE_SINGLE';
                break;
            case 'double-quoted-scalar':
                type = 'QUOTE_DOUBLE';
                break;
            case 'block-scalar': {
                const header = token.props[0];
                if (header.type !== 'block-scalar-header')
                    throw new Error('Invalid block scalar header');
                type = header.source[0] === '>' ? 'BLOCK_FOLDED' : 'BLOCK_LITERAL';
                break;
            }
            default:
                type = 'PLAIN';
        }
    const source = stringifyString.stringifyString({ type, value }, {
        implicitKey: implicitKey || indent === null,
        indent: indent !== null && indent > 0 ? ' '.repeat(indent) : '',
        inFlow,
        options: { blockQuote: true, lineWidth: -1 }
    });
    switch (source[0]) {
        case '|':
        case '>':
            setBlockScalarValue(token, source);
            break;
        case '"':
            setFlowScalarValue(token, source, 'double-quoted-scalar');
            break;
        case "'":
            setFlowScalarValue(token, source, 'single-quoted-scalar');
            break;
        default:
            setFlowScalarValue(token, source, 'scalar');
    }
}
function setBlockScalarValue(token, source) {
    const he = source.indexOf('\n');
    const head = source.substring(0, he);
    const body = source.substring(he + 1) + '\n';
    if (token.type === 'block-scalar') {
        const header = token.props[0];
        if (header.type !== 'block-scalar-header')
            throw new Error('Invalid block scalar header');
        header.source = head;
        token.source = body;
    }
    else {
        const { offset } = token;
        const indent = 'indent' in token ? token.indent : -1;
        const props = [
            { type: 'block-scalar-header', offset, indent, source: head }
        ];
        if (!addEndtoBlockProps(props, 'end' in token ? token.end : undefined))
            props.push({ type: 'newline', offset: -1, indent, source: '\n' });
        for (const key of Object.keys(token))
            if (key !== 'type' && key !== 'offset')
                delete token[key];
        Object.assign(token, { type: 'block-scalar', indent, props, source: body });
    }
}
/** @returns `true` if last token is a newline */
function addEndtoBlockProps(props, end) {
    if (end)
        for (const st of end)
            switch (st.type) {
                case 'space':
                case 'comment':
                    props.push(st);
                    break;
                case 'newline':
                    props.push(st);
                    return true;
            }
    return false;
}
function setFlowScalarValue(token, source, type) {
    switch (token.type) {
        case 'scalar':
        case 'double-quoted-scalar':
        case 'single-quoted-scalar':
            token.type = type;
            token.source = source;
            break;
        case 'block-scalar': {
            const end = token.props.slice(1);
            let oa = source.length;
            if (token.props[0].type === 'block-scalar-header')
                oa -= token.props[0].source.length;
            for (const tok of end)
                tok.offset += oa;
            delete token.props;
            Object.assign(token, { type, source, end });
            break;
        }
        case 'block-map':
        case 'block-seq': {
            const offset = token.offset + source.length;
            const nl = { type: 'newline', offset, indent: token.indent, source: '\n' };
            delete token.items;
            Object.assign(token, { type, source, end: [nl] });
            break;
        }
        default: {
            const indent = 'indent' in token ? token.indent : -1;
            const end = 'end' in token && Array.isArray(token.end)
                ? token.end.filter(st => st.type === 'space' ||
                    st.type === 'comment' ||
                    st.type === 'newline')
                : [];
            for (const key of Object.keys(token))
                if (key !== 'type' && key !== 'offset')
                    delete token[key];
            Object.assign(token, { type, indent, source, end });
        }
    }
}

exports.createScalarToken = createScalarToken;
exports.resolveAsScalar = resolveAsScalar;
exports.setScalarValue = setScalarValue;


/***/ }),

/***/ 751:
/***/ ((__unused_webpack_module, exports) => {

"use strict";


/**
 * Stringify a CST document, token, or collection item
 *
 * Fair warning: This applies no validation whatsoever, and
 * simply concatenates the sources in their logical order.
 */
const stringify = (cst) => 'type' in cst ? stringifyToken(cst) : stringifyItem(cst);
function stringifyToken(token) {
    switch (token.type) {
        case 'block-scalar': {
            let res = '';
            for (const tok of token.props)
                res += stringifyToken(tok);
            return res + token.source;
        }
        case 'block-map':
        case 'block-seq': {
            let res = '';
            for (const item of token.items)
                res += stringifyItem(item);
            return res;
        }
        case 'flow-collection': {
            let res = token.start.source;
            for (const item of token.items)
                res += stringifyItem(item);
            for (const st of token.end)
                res += st.source;
            return res;
        }
        case 'document': {
            let res = stringifyItem(token);
            if (token.end)
                for (const st of token.end)
                    res += st.source;
            return res;
        }
        default: {
            let res = token.source;
            if ('end' in token && token.end)
                for (const st of token.end)
                    res += st.source;
            return res;
        }
    }
}
function stringifyItem({ start, key, sep, value }) {
    let res = '';
    for (const st of start)
        res += st.source;
    if (key)
        res += stringifyToken(key);
    if (sep)
        for (const st of sep)
            res += st.source;
    if (value)
        res += stringifyToken(value);
    return res;
}

exports.stringify = stringify;


/***/ }),

/***/ 1:
/***/ ((__unused_webpack_module, exports) => {

"use strict";


const BREAK = Symbol('break visit');
const SKIP = Symbol('skip children');
const REMOVE = Symbol('remove item');
/**
 * Apply a visitor to a CST document or item.
 *
 * Walks through the tree (depth-first) starting from the root, calling a
 * `visitor` function with two arguments when entering each item:
 *   - `item`: The current item, which included the following members:
 *     - `start: SourceToken[]` – Source tokens before the key or value,
 *       possibly including its anchor or tag.
 *     - `key?: Token | null` – Set for pair values. May then be `null`, if
 *       the key before the `:` separator is empty.
 *     - `sep?: SourceToken[]` – Source tokens between the key and the value,
 *       which should include the `:` map value indicator if `value` is set.
 *     - `value?: Token` – The value of a sequence item, or of a map pair.
 *   - `path`: The steps from the root to the current node, as an array of
 *     `['key' | 'value', number]` tuples.
 *
 * The return value of the visitor may be used to control the traversal:
 *   - `undefined` (default): Do nothing and continue
 *   - `visit.SKIP`: Do not visit the children of this token, continue with
 *      next sibling
 *   - `visit.BREAK`: Terminate traversal completely
 *   - `visit.REMOVE`: Remove the current item, then continue with the next one
 *   - `number`: Set the index of the next step. This is useful especially if
 *     the index of the current token has changed.
 *   - `function`: Define the next visitor for this item. After the original
 *     visitor is called on item entry, next visitors are called after handling
 *     a non-empty `key` and when exiting the item.
 */
function visit(cst, visitor) {
    if ('type' in cst && cst.type === 'document')
        cst = { start: cst.start, value: cst.value };
    _visit(Object.freeze([]), cst, visitor);
}
// Without the `as symbol` casts, TS declares these in the `visit`
// namespace using `var`, but then complains about that because
// `unique symbol` must be `const`.
/** Terminate visit traversal completely */
visit.BREAK = BREAK;
/** Do not visit the children of the current item */
visit.SKIP = SKIP;
/** Remove the current item */
visit.REMOVE = REMOVE;
/** Find the item at `path` from `cst` as the root */
visit.itemAtPath = (cst, path) => {
    let item = cst;
    for (const [field, index] of path) {
        const tok = item?.[field];
        if (tok && 'items' in tok) {
            item = tok.items[index];
        }
        else
            return undefined;
    }
    return item;
};
/**
 * Get the immediate parent collection of the item at `path` from `cst` as the root.
 *
 * Throws an error if the collection is not found, which should never happen if the item itself exists.
 */
visit.parentCollection = (cst, path) => {
    const parent = visit.itemAtPath(cst, path.slice(0, -1));
    const field = path[path.length - 1][0];
    const coll = parent?.[field];
    if (coll && 'items' in coll)
        return coll;
    throw new Error('Parent collection not found');
};
function _visit(path, item, visitor) {
    let ctrl = visitor(item, path);
    if (typeof ctrl === 'symbol')
        return ctrl;
    for (const field of ['key', 'value']) {
        const token = item[field];
        if (token && 'items' in token) {
            for (let i = 0; i < token.items.length; ++i) {
                const ci = _visit(Object.freeze(path.concat([[field, i]])), token.items[i], visitor);
                if (typeof ci === 'number')
                    i = ci - 1;
                else if (ci === BREAK)
                    return BREAK;
                else if (ci === REMOVE) {
                    token.items.splice(i, 1);
                    i -= 1;
                }
            }
            if (typeof ctrl === 'function' && field === 'key')
                ctrl = ctrl(item, path);
        }
    }
    return typeof ctrl === 'function' ? ctrl(item, path) : ctrl;
}

exports.visit = visit;


/***/ }),

/***/ 1475:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

"use strict";


var cstScalar = __nccwpck_require__(1588);
var cstStringify = __nccwpck_require__(751);
var cstVisit = __nccwpck_require__(1);

/** The byte order mark */
const BOM = '\u{FEFF}';
/** Start of doc-mode */
const DOCUMENT = '\x02'; // C0: Start of Text
/** Unexpected end of flow-mode */
const FLOW_END = '\x18'; // C0: Cancel
/** Next token is a scalar value */
const SCALAR = '\x1f'; // C0: Unit Separator
/** @returns `true` if `token` is a flow or block collection */
const isCollection = (token) => !!token && 'items' in token;
/** @returns `true` if `token` is a flow or block scalar; not an alias */
const isScalar = (token) => !!token &&
    (token.type === 'scalar' ||
        token.type === 'single-quoted-scalar' ||
        token.type === 'double-quoted-scalar' ||
        token.type === 'block-scalar');
/* istanbul ignore next */
/** Get a printable representation of a lexer token */
function prettyToken(token) {
    switch (token) {
        case BOM:
            return '<BOM>';
        case DOCUMENT:
            return '<DOC>';
        case FLOW_END:
            return '<FLOW_END>';
        case SCALAR:
            return '<SCALAR>';
        default:
            return JSON.stringify(token);
    }
}
/** Identify the type of a lexer token. May return `null` for unknown tokens. */
function tokenType(source) {
    switch (source) {
        case BOM:
            return 'byte-order-mark';
        case DOCUMENT:
            return 'doc-mode';
        case FLOW_END:
            return 'flow-error-end';
        case SCALAR:
            return 'scalar';
        case '---':
            return 'doc-start';
        case '...':
            return 'doc-end';
        case '':
        case '\n':
        case '\r\n':
            return 'newline';
        case '-':
            return 'seq-item-ind';
        case '?':
            return 'explicit-key-ind';
        case ':':
            return 'map-value-ind';
        case '{':
            return 'flow-map-start';
        case '}':
            return 'flow-map-end';
        case '[':
            return 'flow-seq-start';
        case ']':
            return 'flow-seq-end';
        case ',':
            return 'comma';
    }
    switch (source[0]) {
        case ' ':
        case '\t':
            return 'space';
        case '#':
            return 'comment';
        case '%':
            return 'directive-line';
        case '*':
            return 'alias';
        case '&':
            return 'anchor';
        case '!':
            return 'tag';
        case "'":
            return 'single-quoted-scalar';
        case '"':
            return 'double-quoted-scalar';
        case '|':
        case '>':
            return 'block-scalar-header';
    }
    return null;
}

exports.createScalarToken = cstScalar.createScalarToken;
exports.resolveAsScalar = cstScalar.resolveAsScalar;
exports.setScalarValue = cstScalar.setScalarValue;
exports.stringify = cstStringify.stringify;
exports.visit = cstVisit.visit;
exports.BOM = BOM;
exports.DOCUMENT = DOCUMENT;
exports.FLOW_END = FLOW_END;
exports.SCALAR = SCALAR;
exports.isCollection = isCollection;
exports.isScalar = isScalar;
exports.prettyToken = prettyToken;
exports.tokenType = tokenType;


/***/ }),

/***/ 7371:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

"use strict";


var cst = __nccwpck_require__(1475);

/*
START -> stream

stream
  directive -> line-end -> stream
  indent + line-end -> stream
  [else] -> line-start

line-end
  comment -> line-end
  newline -> .
  input-end -> END

line-start
  doc-start -> doc
  doc-end -> stream
  [else] -> indent -> block-start

block-start
  seq-item-start -> block-start
  explicit-key-start -> block-start
  map-value-start -> block-start
  [else] -> doc

doc
  line-end -> line-start
  spaces -> doc
  anchor -> doc
  tag -> doc
  flow-start -> flow -> doc
  flow-end -> error -> doc
  seq-item-start -> error -> doc
  explicit-key-start -> error -> doc
  map-value-start -> doc
  alias -> doc
  quote-start -> quoted-scalar -> doc
  block-scalar-header -> line-end -> block-scalar(min) -> line-start
  [else] -> plain-scalar(false, min) -> doc

flow
  line-end -> flow
  spaces -> flow
  anchor -> flow
  tag -> flow
  flow-start -> flow -> flow
  flow-end -> .
  seq-item-start -> error -> flow
  explicit-key-start -> flow
  map-value-start -> flow
  alias -> flow
  quote-start -> quoted-scalar -> flow
  comma -> flow
  [else] -> plain-scalar(true, 0) -> flow

quoted-scalar
  quote-end -> .
  [else] -> quoted-scalar

block-scalar(min)
  newline + peek(indent < min) -> .
  [else] -> block-scalar(min)

plain-scalar(is-flow, min)
  scalar-end(is-flow) -> .
  peek(newline + (indent < min)) -> .
  [else] -> plain-scalar(min)
*/
function isEmpty(ch) {
    switch (ch) {
        case undefined:
        case ' ':
        case '\n':
        case '\r':
        case '\t':
            return true;
        default:
            return false;
    }
}
const hexDigits = new Set('0123456789ABCDEFabcdef');
const tagChars = new Set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-#;/?:@&=+$_.!~*'()");
const flowIndicatorChars = new Set(',[]{}');
const invalidAnchorChars = new Set(' ,[]{}\n\r\t');
const isNotAnchorChar = (ch) => !ch || invalidAnchorChars.has(ch);
/**
 * Splits an input string into lexical tokens, i.e. smaller strings that are
 * easily identifiable by `tokens.tokenType()`.
 *
 * Lexing starts always in a "stream" context. Incomplete input may be buffered
 * until a complete token can be emitted.
 *
 * In addition to slices of the original input, the following control characters
 * may also be emitted:
 *
 * - `\x02` (Start of Text): A document starts with the next token
 * - `\x18` (Cancel): Unexpected end of flow-mode (indicates an error)
 * - `\x1f` (Unit Separator): Next token is a scalar value
 * - `\u{FEFF}` (Byte order mark): Emitted separately outside documents
 */
class Lexer {
    constructor() {
        /**
         * Flag indicating whether the end of the current buffer marks the end of
         * all input
         */
        this.atEnd = false;
        /**
         * Explicit indent set in block scalar header, as an offset from the current
         * minimum indent, so e.g. set to 1 from a header `|2+`. Set to -1 if not
         * explicitly set.
         */
        this.blockScalarIndent = -1;
        /**
         * Block scalars that include a + (keep) chomping indicator in their header
         * include trailing empty lines, which are otherwise excluded from the
         * scalar's contents.
         */
        this.blockScalarKeep = false;
        /** Current input */
        this.buffer = '';
        /**
         * Flag noting whether the map value indicator : can immediately follow this
         * node within a flow context.
         */
        this.flowKey = false;
        /** Count of surrounding flow collection levels. */
        this.flowLevel = 0;
        /**
         * Minimum level of indentation required for next lines to be parsed as a
         * part of the current scalar value.
         */
        this.indentNext = 0;
        /** Indentation level of the current line. */
        this.indentValue = 0;
        /** Position of the next \n character. */
        this.lineEndPos = null;
        /** Stores the state of the lexer if reaching the end of incpomplete input */
        this.next = null;
        /** A pointer to `buffer`; the current position of the lexer. */
        this.pos = 0;
    }
    /**
     * Generate YAML tokens from the `source` string. If `incomplete`,
     * a part of the last line may be left as a buffer for the next call.
     *
     * @returns A generator of lexical tokens
     */
    *lex(source, incomplete = false) {
        if (source) {
            if (typeof source !== 'string')
                throw TypeError('source is not a string');
            this.buffer = this.buffer ? this.buffer + source : source;
            this.lineEndPos = null;
        }
        this.atEnd = !incomplete;
        let next = this.next ?? 'stream';
        while (next && (incomplete || this.hasChars(1)))
            next = yield* this.parseNext(next);
    }
    atLineEnd() {
        let i = this.pos;
        let ch = this.buffer[i];
        while (ch === ' ' || ch === '\t')
            ch = this.buffer[++i];
        if (!ch || ch === '#' || ch === '\n')
            return true;
        if (ch === '\r')
            return this.buffer[i + 1] === '\n';
        return false;
    }
    charAt(n) {
        return this.buffer[this.pos + n];
    }
    continueScalar(offset) {
        let ch = this.buffer[offset];
        if (this.indentNext > 0) {
            let indent = 0;
            while (ch === ' ')
                ch = this.buffer[++indent + offset];
            if (ch === '\r') {
                const next = this.buffer[indent + offset + 1];
                if (next === '\n' || (!next && !this.atEnd))
                    return offset + indent + 1;
            }
            return ch === '\n' || indent >= this.indentNext || (!ch && !this.atEnd)
                ? offset + indent
                : -1;
        }
        if (ch === '-' || ch === '.') {
            const dt = this.buffer.substr(offset, 3);
            if ((dt === '---' || dt === '...') && isEmpty(this.buffer[offset + 3]))
                return -1;
        }
        return offset;
    }
    getLine() {
        let end = this.lineEndPos;
        if (typeof end !== 'number' || (end !== -1 && end < this.pos)) {
            end = this.buffer.indexOf('\n', this.pos);
            this.lineEndPos = end;
        }
        if (end === -1)
            return this.atEnd ? this.buffer.substring(this.pos) : null;
        if (this.buffer[end - 1] === '\r')
            end -= 1;
        return this.buffer.substring(this.pos, end);
    }
    hasChars(n) {
        return this.pos + n <= this.buffer.length;
    }
    setNext(state) {
        this.buffer = this.buffer.substring(this.pos);
        this.pos = 0;
        this.lineEndPos = null;
        this.next = state;
        return null;
    }
    peek(n) {
        return this.buffer.substr(this.pos, n);
    }
    *parseNext(next) {
        switch (next) {
            case 'stream':
                return yield* this.parseStream();
            case 'line-start':
                return yield* this.parseLineStart();
            case 'block-start':
                return yield* this.parseBlockStart();
            case 'doc':
                return yield* this.parseDocument();
            case 'flow':
                return yield* this.parseFlowCollection();
            case 'quoted-scalar':
                return yield* this.parseQuotedScalar();
            case 'block-scalar':
                return yield* this.parseBlockScalar();
            case 'plain-scalar':
                return yield* this.parsePlainScalar();
        }
    }
    *parseStream() {
        let line = this.getLine();
        if (line === null)
            return this.setNext('stream');
        if (line[0] === cst.BOM) {
            yield* this.pushCount(1);
            line = line.substring(1);
        }
        if (line[0] === '%') {
            let dirEnd = line.length;
            let cs = line.indexOf('#');
            while (cs !== -1) {
                const ch = line[cs - 1];
                if (ch === ' ' || ch === '\t') {
                    dirEnd = cs - 1;
                    break;
                }
                else {
                    cs = line.indexOf('#', cs + 1);
                }
            }
            while (true) {
                const ch = line[dirEnd - 1];
                if (ch === ' ' || ch === '\t')
                    dirEnd -= 1;
                else
                    break;
            }
            const n = (yield* this.pushCount(dirEnd)) + (yield* this.pushSpaces(true));
            yield* this.pushCount(line.length - n); // possible comment
            this.pushNewline();
            return 'stream';
        }
        if (this.atLineEnd()) {
            const sp = yield* this.pushSpaces(true);
            yield* this.pushCount(line.length - sp);
            yield* this.pushNewline();
            return 'stream';
        }
        yield cst.DOCUMENT;
        return yield* this.parseLineStart();
    }
    *parseLineStart() {
        const ch = this.charAt(0);
        if (!ch && !this.atEnd)
            return this.setNext('line-start');
        if (ch === '-' || ch === '.') {
            if (!this.atEnd && !this.hasChars(4))
                return this.setNext('line-start');
            const s = this.peek(3);
            if ((s === '---' || s === '...') && isEmpty(this.charAt(3))) {
                yield* this.pushCount(3);
                this.indentValue = 0;
                this.indentNext = 0;
                return s === '---' ? 'doc' : 'stream';
            }
        }
        this.indentValue = yield* this.pushSpaces(false);
        if (this.indentNext > this.indentValue && !isEmpty(this.charAt(1)))
            this.indentNext = this.indentValue;
        return yield* this.parseBlockStart();
    }
    *parseBlockStart() {
        const [ch0, ch1] = this.peek(2);
        if (!ch1 && !this.atEnd)
            return this.setNext('block-start');
        if ((ch0 === '-' || ch0 === '?' || ch0 === ':') && isEmpty(ch1)) {
            const n = (yield* this.pushCount(1)) + (yield* this.pushSpaces(true));
            this.indentNext = this.indentValue + 1;
            this.indentValue += n;
            return 'block-start';
        }
        return 'doc';
    }
    *parseDocument() {
        yield* this.pushSpaces(true);
        const line = this.getLine();
        if (line === null)
            return this.setNext('doc');
        let n = yield* this.pushIndicators();
        switch (line[n]) {
            case '#':
                yield* this.pushCount(line.length - n);
            // fallthrough
            case undefined:
                yield* this.pushNewline();
                return yield* this.parseLineStart();
            case '{':
            case '[':
                yield* this.pushCount(1);
                this.flowKey = false;
                this.flowLevel = 1;
                return 'flow';
            case '}':
            case ']':
                // this is an error
                yield* this.pushCount(1);
                return 'doc';
            case '*':
                yield* this.pushUntil(isNotAnchorChar);
                return 'doc';
            case '"':
            case "'":
                return yield* this.parseQuotedScalar();
            case '|':
            case '>':
                n += yield* this.parseBlockScalarHeader();
                n += yield* this.pushSpaces(true);
                yield* this.pushCount(line.length - n);
                yield* this.pushNewline();
                return yield* this.parseBlockScalar();
            default:
                return yield* this.parsePlainScalar();
        }
    }
    *parseFlowCollection() {
        let nl, sp;
        let indent = -1;
        do {
            nl = yield* this.pushNewline();
            if (nl > 0) {
                sp = yield* this.pushSpaces(false);
                this.indentValue = indent = sp;
            }
            else {
                sp = 0;
            }
            sp += yield* this.pushSpaces(true);
        } while (nl + sp > 0);
        const line = this.getLine();
        if (line === null)
            return this.setNext('flow');
        if ((indent !== -1 && indent < this.indentNext && line[0] !== '#') ||
            (indent === 0 &&
                (line.startsWith('---') || line.startsWith('...')) &&
                isEmpty(line[3]))) {
            // Allowing for the terminal ] or } at the same (rather than greater)
            // indent level as the initial [ or { is technically invalid, but
            // failing here would be surprising to users.
            const atFlowEndMarker = indent === this.indentNext - 1 &&
                this.flowLevel === 1 &&
                (line[0] === ']' || line[0] === '}');
            if (!atFlowEndMarker) {
                // this is an error
                this.flowLevel = 0;
                yield cst.FLOW_END;
                return yield* this.parseLineStart();
            }
        }
        let n = 0;
        while (line[n] === ',') {
            n += yield* this.pushCount(1);
            n += yield* this.pushSpaces(true);
            this.flowKey = false;
        }
        n += yield* this.pushIndicators();
        switch (line[n]) {
            case undefined:
                return 'flow';
            case '#':
                yield* this.pushCount(line.length - n);
                return 'flow';
            case '{':
            case '[':
                yield* this.pushCount(1);
                this.flowKey = false;
                this.flowLevel += 1;
                return 'flow';
            case '}':
            case ']':
                yield* this.pushCount(1);
                this.flowKey = true;
                this.flowLevel -= 1;
                return this.flowLevel ? 'flow' : 'doc';
            case '*':
                yield* this.pushUntil(isNotAnchorChar);
                return 'flow';
            case '"':
            case "'":
                this.flowKey = true;
                return yield* this.parseQuotedScalar();
            case ':': {
                const next = this.charAt(1);
                if (this.flowKey || isEmpty(next) || next === ',') {
                    this.flowKey = false;
                    yield* this.pushCount(1);
                    yield* this.pushSpaces(true);
                    return 'flow';
                }
            }
            // fallthrough
            default:
                this.flowKey = false;
                return yield* this.parsePlainScalar();
        }
    }
    *parseQuotedScalar() {
        const quote = this.charAt(0);
        let end = this.buffer.indexOf(quote, this.pos + 1);
        if (quote === "'") {
            while (end !== -1 && this.buffer[end + 1] === "'")
                end = this.buffer.indexOf("'", end + 2);
        }
        else {
            // double-quote
            while (end !== -1) {
                let n = 0;
                while (this.buffer[end - 1 - n] === '\\')
                    n += 1;
                if (n % 2 === 0)
                    break;
                end = this.buffer.indexOf('"', end + 1);
            }
        }
        // Only looking for newlines within the quotes
        const qb = this.buffer.substring(0, end);
        let nl = qb.indexOf('\n', this.pos);
        if (nl !== -1) {
            while (nl !== -1) {
                const cs = this.continueScalar(nl + 1);
                if (cs === -1)
                    break;
                nl = qb.indexOf('\n', cs);
            }
            if (nl !== -1) {
                // this is an error caused by an unexpected unindent
                end = nl - (qb[nl - 1] === '\r' ? 2 : 1);
            }
        }
        if (end === -1) {
            if (!this.atEnd)
                return this.setNext('quoted-scalar');
            end = this.buffer.length;
        }
        yield* this.pushToIndex(end + 1, false);
        return this.flowLevel ? 'flow' : 'doc';
    }
    *parseBlockScalarHeader() {
        this.blockScalarIndent = -1;
        this.blockScalarKeep = false;
        let i = this.pos;
        while (true) {
            const ch = this.buffer[++i];
            if (ch === '+')
                this.blockScalarKeep = true;
            else if (ch > '0' && ch <= '9')
                this.blockScalarIndent = Number(ch) - 1;
            else if (ch !== '-')
                break;
        }
        return yield* this.pushUntil(ch => isEmpty(ch) || ch === '#');
    }
    *parseBlockScalar() {
        let nl = this.pos - 1; // may be -1 if this.pos === 0
        let indent = 0;
        let ch;
        loop: for (let i = this.pos; (ch = this.buffer[i]); ++i) {
            switch (ch) {
                case ' ':
                    indent += 1;
                    break;
                case '\n':
                    nl = i;
                    indent = 0;
                    break;
                case '\r': {
                    const next = this.buffer[i + 1];
                    if (!next && !this.atEnd)
                        return this.setNext('block-scalar');
                    if (next === '\n')
                        break;
                } // fallthrough
                default:
                    break loop;
            }
        }
        if (!ch && !this.atEnd)
            return this.setNext('block-scalar');
        if (indent >= this.indentNext) {
            if (this.blockScalarIndent === -1)
                this.indentNext = indent;
            else {
                this.indentNext =
                    this.blockScalarIndent + (this.indentNext === 0 ? 1 : this.indentNext);
            }
            do {
                const cs = this.continueScalar(nl + 1);
                if (cs === -1)
                    break;
                nl = this.buffer.indexOf('\n', cs);
            } while (nl !== -1);
            if (nl === -1) {
                if (!this.atEnd)
                    return this.setNext('block-scalar');
                nl = this.buffer.length;
            }
        }
        // Trailing insufficiently indented tabs are invalid.
        // To catch that during parsing, we include them in the block scalar value.
        let i = nl + 1;
        ch = this.buffer[i];
        while (ch === ' ')
            ch = this.buffer[++i];
        if (ch === '\t') {
            while (ch === '\t' || ch === ' ' || ch === '\r' || ch === '\n')
                ch = this.buffer[++i];
            nl = i - 1;
        }
        else if (!this.blockScalarKeep) {
            do {
                let i = nl - 1;
                let ch = this.buffer[i];
                if (ch === '\r')
                    ch = this.buffer[--i];
                const lastChar = i; // Drop the line if last char not more indented
                while (ch === ' ')
                    ch = this.buffer[--i];
                if (ch === '\n' && i >= this.pos && i + 1 + indent > lastChar)
                    nl = i;
                else
                    break;
            } while (true);
        }
        yield cst.SCALAR;
        yield* this.pushToIndex(nl + 1, true);
        return yield* this.parseLineStart();
    }
    *parsePlainScalar() {
        const inFlow = this.flowLevel > 0;
        let end = this.pos - 1;
        let i = this.pos - 1;
        let ch;
        while ((ch = this.buffer[++i])) {
            if (ch === ':') {
                const next = this.buffer[i + 1];
                if (isEmpty(next) || (inFlow && flowIndicatorChars.has(next)))
                    break;
                end = i;
            }
            else if (isEmpty(ch)) {
                let next = this.buffer[i + 1];
                if (ch === '\r') {
                    if (next === '\n') {
                        i += 1;
                        ch = '\n';
                        next = this.buffer[i + 1];
                    }
                    else
                        end = i;
                }
                if (next === '#' || (inFlow && flowIndicatorChars.has(next)))
                    break;
                if (ch === '\n') {
                    const cs = this.continueScalar(i + 1);
                    if (cs === -1)
                        break;
                    i = Math.max(i, cs - 2); // to advance, but still account for ' #'
                }
            }
            else {
                if (inFlow && flowIndicatorChars.has(ch))
                    break;
                end = i;
            }
        }
        if (!ch && !this.atEnd)
            return this.setNext('plain-scalar');
        yield cst.SCALAR;
        yield* this.pushToIndex(end + 1, true);
        return inFlow ? 'flow' : 'doc';
    }
    *pushCount(n) {
        if (n > 0) {
            yield this.buffer.substr(this.pos, n);
            this.pos += n;
            return n;
        }
        return 0;
    }
    *pushToIndex(i, allowEmpty) {
        const s = this.buffer.slice(this.pos, i);
        if (s) {
            yield s;
            this.pos += s.length;
            return s.length;
        }
        else if (allowEmpty)
            yield '';
        return 0;
    }
    *pushIndicators() {
        let n = 0;
        loop: while (true) {
            switch (this.charAt(0)) {
                case '!':
                    n += yield* this.pushTag();
                    n += yield* this.pushSpaces(true);
                    continue loop;
                case '&':
                    n += yield* this.pushUntil(isNotAnchorChar);
                    n += yield* this.pushSpaces(true);
                    continue loop;
                case '-': // this is an error
                case '?': // this is an error outside flow collections
                case ':': {
                    const inFlow = this.flowLevel > 0;
                    const ch1 = this.charAt(1);
                    if (isEmpty(ch1) || (inFlow && flowIndicatorChars.has(ch1))) {
                        if (!inFlow)
                            this.indentNext = this.indentValue + 1;
                        else if (this.flowKey)
                            this.flowKey = false;
                        n += yield* this.pushCount(1);
                        n += yield* this.pushSpaces(true);
                        continue loop;
                    }
                }
            }
            break loop;
        }
        return n;
    }
    *pushTag() {
        if (this.charAt(1) === '<') {
            let i = this.pos + 2;
            let ch = this.buffer[i];
            while (!isEmpty(ch) && ch !== '>')
                ch = this.buffer[++i];
            return yield* this.pushToIndex(ch === '>' ? i + 1 : i, false);
        }
        else {
            let i = this.pos + 1;
            let ch = this.buffer[i];
            while (ch) {
                if (tagChars.has(ch))
                    ch = this.buffer[++i];
                else if (ch === '%' &&
                    hexDigits.has(this.buffer[i + 1]) &&
                    hexDigits.has(this.buffer[i + 2])) {
                    ch = this.buffer[(i += 3)];
                }
                else
                    break;
            }
            return yield* this.pushToIndex(i, false);
        }
    }
    *pushNewline() {
        const ch = this.buffer[this.pos];
        if (ch === '\n')
            return yield* this.pushCount(1);
        else if (ch === '\r' && this.charAt(1) === '\n')
            return yield* this.pushCount(2);
        else
            return 0;
    }
    *pushSpaces(allowTabs) {
        let i = this.pos - 1;
        let ch;
        do {
            ch = this.buffer[++i];
        } while (ch === ' ' || (allowTabs && ch === '\t'));
        const n = i - this.pos;
        if (n > 0) {
            yield this.buffer.substr(this.pos, n);
            this.pos = i;
        }
        return n;
    }
    *pushUntil(test) {
        let i = this.pos;
        let ch = this.buffer[i];
        while (!test(ch))
            ch = this.buffer[++i];
        return yield* this.pushToIndex(i, false);
    }
}

exports.Lexer = Lexer;


/***/ }),

/***/ 1242:
/***/ ((__unused_webpack_module, exports) => {

"use strict";


/**
 * Tracks newlines during parsing in order to provide an efficient API for
 * determining the one-indexed `{ line, col }` position for any offset
 * within the input.
 */
class LineCounter {
    constructor() {
        this.lineStarts = [];
        /**
         * Should be called in ascending order. Otherwise, call
         * `lineCounter.lineStarts.sort()` before calling `linePos()`.
         */
        this.addNewLine = (offset) => this.lineStarts.push(offset);
        /**
         * Performs a binary search and returns the 1-indexed { line, col }
         * position of `offset`. If `line === 0`, `addNewLine` has never been
         * called or `offset` is before the first known newline.
         */
        this.linePos = (offset) => {
            let low = 0;
            let high = this.lineStarts.length;
            while (low < high) {
                const mid = (low + high) >> 1; // Math.floor((low + high) / 2)
                if (this.lineStarts[mid] < offset)
                    low = mid + 1;
                else
                    high = mid;
            }
            if (this.lineStarts[low] === offset)
                return { line: low + 1, col: 1 };
            if (low === 0)
                return { line: 0, col: offset };
            const start = this.lineStarts[low - 1];
            return { line: low, col: offset - start + 1 };
        };
    }
}

exports.LineCounter = LineCounter;


/***/ }),

/***/ 8238:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

"use strict";


var node_process = __nccwpck_require__(932);
var cst = __nccwpck_require__(1475);
var lexer = __nccwpck_require__(7371);

function includesToken(list, type) {
    for (let i = 0; i < list.length; ++i)
        if (list[i].type === type)
            return true;
    return false;
}
function findNonEmptyIndex(list) {
    for (let i = 0; i < list.length; ++i) {
        switch (list[i].type) {
            case 'space':
            case 'comment':
            case 'newline':
                break;
            default:
                return i;
        }
    }
    return -1;
}
function isFlowToken(token) {
    switch (token?.type) {
        case 'alias':
        case 'scalar':
        case 'single-quoted-scalar':
        case 'double-quoted-scalar':
        case 'flow-collection':
            return true;
        default:
            return false;
    }
}
function getPrevProps(parent) {
    switch (parent.type) {
        case 'document':
            return parent.start;
        case 'block-map': {
            const it = parent.items[parent.items.length - 1];
            return it.sep ?? it.start;
        }
        case 'block-seq':
            return parent.items[parent.items.length - 1].start;
        /* istanbul ignore next should not happen */
        default:
            return [];
    }
}
/** Note: May modify input array */
function getFirstKeyStartProps(prev) {
    if (prev.length === 0)
        return [];
    let i = prev.length;
    loop: while (--i >= 0) {
        switch (prev[i].type) {
            case 'doc-start':
            case 'explicit-key-ind':
            case 'map-value-ind':
            case 'seq-item-ind':
            case 'newline':
                break loop;
        }
    }
    while (prev[++i]?.type === 'space') {
        /* loop */
    }
    return prev.splice(i, prev.length);
}
function arrayPushArray(target, source) {
    // May exhaust call stack with large `source` array
    if (source.length < 1e5)
        Array.prototype.push.apply(target, source);
    else
        for (let i = 0; i < source.length; ++i)
            target.push(source[i]);
}
function fixFlowSeqItems(fc) {
    if (fc.start.type === 'flow-seq-start') {
        for (const it of fc.items) {
            if (it.sep &&
                !it.value &&
                !includesToken(it.start, 'explicit-key-ind') &&
                !includesToken(it.sep, 'map-value-ind')) {
                if (it.key)
                    it.value = it.key;
                delete it.key;
                if (isFlowToken(it.value)) {
                    if (it.value.end)
                        arrayPushArray(it.value.end, it.sep);
                    else
                        it.value.end = it.sep;
                }
                else
                    arrayPushArray(it.start, it.sep);
                delete it.sep;
            }
        }
    }
}
/**
 * A YAML concrete syntax tree (CST) parser
 *
 * ```ts
 * const src: string = ...
 * for (const token of new Parser().parse(src)) {
 *   // token: Token
 * }
 * ```
 *
 * To use the parser with a user-provided lexer:
 *
 * ```ts
 * function* parse(source: string, lexer: Lexer) {
 *   const parser = new Parser()
 *   for (const lexeme of lexer.lex(source))
 *     yield* parser.next(lexeme)
 *   yield* parser.end()
 * }
 *
 * const src: string = ...
 * const lexer = new Lexer()
 * for (const token of parse(src, lexer)) {
 *   // token: Token
 * }
 * ```
 */
class Parser {
    /**
     * @param onNewLine - If defined, called separately with the start position of
     *   each new line (in `parse()`, including the start of input).
     */
    constructor(onNewLine) {
        /** If true, space and sequence indicators count as indentation */
        this.atNewLine = true;
        /** If true, next token is a scalar value */
        this.atScalar = false;
        /** Current indentation level */
        this.indent = 0;
        /** Current offset since the start of parsing */
        this.offset = 0;
        /** On the same line with a block map key */
        this.onKeyLine = false;
        /** Top indicates the node that's currently being built */
        this.stack = [];
        /** The source of the current token, set in parse() */
        this.source = '';
        /** The type of the current token, set in parse() */
        this.type = '';
        // Must be defined after `next()`
        this.lexer = new lexer.Lexer();
        this.onNewLine = onNewLine;
    }
    /**
     * Parse `source` as a YAML stream.
     * If `incomplete`, a part of the last line may be left as a buffer for the next call.
     *
     * Errors are not thrown, but yielded as `{ type: 'error', message }` tokens.
     *
     * @returns A generator of tokens representing each directive, document, and other structure.
     */
    *parse(source, incomplete = false) {
        if (this.onNewLine && this.offset === 0)
            this.onNewLine(0);
        for (const lexeme of this.lexer.lex(source, incomplete))
            yield* this.next(lexeme);
        if (!incomplete)
            yield* this.end();
    }
    /**
     * Advance the parser by the `source` of one lexical token.
     */
    *next(source) {
        this.source = source;
        if (node_process.env.LOG_TOKENS)
            console.log('|', cst.prettyToken(source));
        if (this.atScalar) {
            this.atScalar = false;
            yield* this.step();
            this.offset += source.length;
            return;
        }
        const type = cst.tokenType(source);
        if (!type) {
            const message = `Not a YAML token: ${source}`;
            yield* this.pop({ type: 'error', offset: this.offset, message, source });
            this.offset += source.length;
        }
        else if (type === 'scalar') {
            this.atNewLine = false;
            this.atScalar = true;
            this.type = 'scalar';
        }
        else {
            this.type = type;
            yield* this.step();
            switch (type) {
                case 'newline':
                    this.atNewLine = true;
                    this.indent = 0;
                    if (this.onNewLine)
                        this.onNewLine(this.offset + source.length);
                    break;
                case 'space':
                    if (this.atNewLine && source[0] === ' ')
                        this.indent += source.length;
                    break;
                case 'explicit-key-ind':
                case 'map-value-ind':
                case 'seq-item-ind':
                    if (this.atNewLine)
                        this.indent += source.length;
                    break;
                case 'doc-mode':
                case 'flow-error-end':
                    return;
                default:
                    this.atNewLine = false;
            }
            this.offset += source.length;
        }
    }
    /** Call at end of input to push out any remaining constructions */
    *end() {
        while (this.stack.length > 0)
            yield* this.pop();
    }
    get sourceToken() {
        const st = {
            type: this.type,
            offset: this.offset,
            indent: this.indent,
            source: this.source
        };
        return st;
    }
    *step() {
        const top = this.peek(1);
        if (this.type === 'doc-end' && top?.type !== 'doc-end') {
            while (this.stack.length > 0)
                yield* this.pop();
            this.stack.push({
                type: 'doc-end',
                offset: this.offset,
                source: this.source
            });
            return;
        }
        if (!top)
            return yield* this.stream();
        switch (top.type) {
            case 'document':
                return yield* this.document(top);
            case 'alias':
            case 'scalar':
            case 'single-quoted-scalar':
            case 'double-quoted-scalar':
                return yield* this.scalar(top);
            case 'block-scalar':
                return yield* this.blockScalar(top);
            case 'block-map':
                return yield* this.blockMap(top);
            case 'block-seq':
                return yield* this.blockSequence(top);
            case 'flow-collection':
                return yield* this.flowCollection(top);
            case 'doc-end':
                return yield* this.documentEnd(top);
        }
        /* istanbul ignore next should not happen */
        yield* this.pop();
    }
    peek(n) {
        return this.stack[this.stack.length - n];
    }
    *pop(error) {
        const token = error ?? this.stack.pop();
        /* istanbul ignore if should not happen */
        if (!token) {
            const message = 'Tried to pop an empty stack';
            yield { type: 'error', offset: this.offset, source: '', message };
        }
        else if (this.stack.length === 0) {
            yield token;
        }
        else {
            const top = this.peek(1);
            if (token.type === 'block-scalar') {
                // Block scalars use their parent rather than header indent
                token.indent = 'indent' in top ? top.indent : 0;
            }
            else if (token.type === 'flow-collection' && top.type === 'document') {
                // Ignore all indent for top-level flow collections
                token.indent = 0;
            }
            if (token.type === 'flow-collection')
                fixFlowSeqItems(token);
            switch (top.type) {
                case 'document':
                    top.value = token;
                    break;
                case 'block-scalar':
                    top.props.push(token); // error
                    break;
                case 'block-map': {
                    const it = top.items[top.items.length - 1];
                    if (it.value) {
                        top.items.push({ start: [], key: token, sep: [] });
                        this.onKeyLine = true;
                        return;
                    }
                    else if (it.sep) {
                        it.value = token;
                    }
                    else {
                        Object.assign(it, { key: token, sep: [] });
                        this.onKeyLine = !it.explicitKey;
                        return;
                    }
                    break;
                }
                case 'block-seq': {
                    const it = top.items[top.items.length - 1];
                    if (it.value)
                        top.items.push({ start: [], value: token });
                    else
                        it.value = token;
                    break;
                }
                case 'flow-collection': {
                    const it = top.items[top.items.length - 1];
                    if (!it || it.value)
                        top.items.push({ start: [], key: token, sep: [] });
                    else if (it.sep)
                        it.value = token;
                    else
                        Object.assign(it, { key: token, sep: [] });
                    return;
                }
                /* istanbul ignore next should not happen */
                default:
                    yield* this.pop();
                    yield* this.pop(token);
            }
            if ((top.type === 'document' ||
                top.type === 'block-map' ||
                top.type === 'block-seq') &&
                (token.type === 'block-map' || token.type === 'block-seq')) {
                const last = token.items[token.items.length - 1];
                if (last &&
                    !last.sep &&
                    !last.value &&
                    last.start.length > 0 &&
                    findNonEmptyIndex(last.start) === -1 &&
                    (token.indent === 0 ||
                        last.start.every(st => st.type !== 'comment' || st.indent < token.indent))) {
                    if (top.type === 'document')
                        top.end = last.start;
                    else
                        top.items.push({ start: last.start });
                    token.items.splice(-1, 1);
                }
            }
        }
    }
    *stream() {
        switch (this.type) {
            case 'directive-line':
                yield { type: 'directive', offset: this.offset, source: this.source };
                return;
            case 'byte-order-mark':
            case 'space':
            case 'comment':
            case 'newline':
                yield this.sourceToken;
                return;
            case 'doc-mode':
            case 'doc-start': {
                const doc = {
                    type: 'document',
                    offset: this.offset,
                    start: []
                };
                if (this.type === 'doc-start')
                    doc.start.push(this.sourceToken);
                this.stack.push(doc);
                return;
            }
        }
        yield {
            type: 'error',
            offset: this.offset,
            message: `Unexpected ${this.type} token in YAML stream`,
            source: this.source
        };
    }
    *document(doc) {
        if (doc.value)
            return yield* this.lineEnd(doc);
        switch (this.type) {
            case 'doc-start': {
                if (findNonEmptyIndex(doc.start) !== -1) {
                    yield* this.pop();
                    yield* this.step();
                }
                else
                    doc.start.push(this.sourceToken);
                return;
            }
            case 'anchor':
            case 'tag':
            case 'space':
            case 'comment':
            case 'newline':
                doc.start.push(this.sourceToken);
                return;
        }
        const bv = this.startBlockValue(doc);
        if (bv)
            this.stack.push(bv);
        else {
            yield {
                type: 'error',
                offset: this.offset,
                message: `Unexpected ${this.type} token in YAML document`,
                source: this.source
            };
        }
    }
    *scalar(scalar) {
        if (this.type === 'map-value-ind') {
            const prev = getPrevProps(this.peek(2));
            const start = getFirstKeyStartProps(prev);
            let sep;
            if (scalar.end) {
                sep = scalar.end;
                sep.push(this.sourceToken);
                delete scalar.end;
            }
            else
                sep = [this.sourceToken];
            const map = {
                type: 'block-map',
                offset: scalar.offset,
                indent: scalar.indent,
                items: [{ start, key: scalar, sep }]
            };
            this.onKeyLine = true;
            this.stack[this.stack.length - 1] = map;
        }
        else
            yield* this.lineEnd(scalar);
    }
    *blockScalar(scalar) {
        switch (this.type) {
            case 'space':
            case 'comment':
            case 'newline':
                scalar.props.push(this.sourceToken);
                return;
            case 'scalar':
                scalar.source = this.source;
                // block-scalar source includes trailing newline
                this.atNewLine = true;
                this.indent = 0;
                if (this.onNewLine) {
                    let nl = this.source.indexOf('\n') + 1;
                    while (nl !== 0) {
                        this.onNewLine(this.offset + nl);
                        nl = this.source.indexOf('\n', nl) + 1;
                    }
                }
                yield* this.pop();
                break;
            /* istanbul ignore next should not happen */
            default:
                yield* this.pop();
                yield* this.step();
        }
    }
    *blockMap(map) {
        const it = map.items[map.items.length - 1];
        // it.sep is true-ish if pair already has key or : separator
        switch (this.type) {
            case 'newline':
                this.onKeyLine = false;
                if (it.value) {
                    const end = 'end' in it.value ? it.value.end : undefined;
                    const last = Array.isArray(end) ? end[end.length - 1] : undefined;
                    if (last?.type === 'comment')
                        end?.push(this.sourceToken);
                    else
                        map.items.push({ start: [this.sourceToken] });
                }
                else if (it.sep) {
                    it.sep.push(this.sourceToken);
                }
                else {
                    it.start.push(this.sourceToken);
                }
                return;
            case 'space':
            case 'comment':
                if (it.value) {
                    map.items.push({ start: [this.sourceToken] });
                }
                else if (it.sep) {
                    it.sep.push(this.sourceToken);
                }
                else {
                    if (this.atIndentedComment(it.start, map.indent)) {
                        const prev = map.items[map.items.length - 2];
                        const end = prev?.value?.end;
                        if (Array.isArray(end)) {
                            arrayPushArray(end, it.start);
                            end.push(this.sourceToken);
                            map.items.pop();
                            return;
                        }
                    }
                    it.start.push(this.sourceToken);
                }
                return;
        }
        if (this.indent >= map.indent) {
            const atMapIndent = !this.onKeyLine && this.indent === map.indent;
            const atNextItem = atMapIndent &&
                (it.sep || it.explicitKey) &&
                this.type !== 'seq-item-ind';
            // For empty nodes, assign newline-separated not indented empty tokens to following node
            let start = [];
            if (atNextItem && it.sep && !it.value) {
                const nl = [];
                for (let i = 0; i < it.sep.length; ++i) {
                    const st = it.sep[i];
                    switch (st.type) {
                        case 'newline':
                            nl.push(i);
                            break;
                        case 'space':
                            break;
                        case 'comment':
                            if (st.indent > map.indent)
                                nl.length = 0;
                            break;
                        default:
                            nl.length = 0;
                    }
                }
                if (nl.length >= 2)
                    start = it.sep.splice(nl[1]);
            }
            switch (this.type) {
                case 'anchor':
                case 'tag':
                    if (atNextItem || it.value) {
                        start.push(this.sourceToken);
                        map.items.push({ start });
                        this.onKeyLine = true;
                    }
                    else if (it.sep) {
                        it.sep.push(this.sourceToken);
                    }
                    else {
                        it.start.push(this.sourceToken);
                    }
                    return;
                case 'explicit-key-ind':
                    if (!it.sep && !it.explicitKey) {
                        it.start.push(this.sourceToken);
                        it.explicitKey = true;
                    }
                    else if (atNextItem || it.value) {
                        start.push(this.sourceToken);
                        map.items.push({ start, explicitKey: true });
                    }
                    else {
                        this.stack.push({
                            type: 'block-map',
                            offset: this.offset,
                            indent: this.indent,
                            items: [{ start: [this.sourceToken], explicitKey: true }]
                        });
                    }
                    this.onKeyLine = true;
                    return;
                case 'map-value-ind':
                    if (it.explicitKey) {
                        if (!it.sep) {
                            if (includesToken(it.start, 'newline')) {
                                Object.assign(it, { key: null, sep: [this.sourceToken] });
                            }
                            else {
                                const start = getFirstKeyStartProps(it.start);
                                this.stack.push({
                                    type: 'block-map',
                                    offset: this.offset,
                                    indent: this.indent,
                                    items: [{ start, key: null, sep: [this.sourceToken] }]
                                });
                            }
                        }
                        else if (it.value) {
                            map.items.push({ start: [], key: null, sep: [this.sourceToken] });
                        }
                        else if (includesToken(it.sep, 'map-value-ind')) {
                            this.stack.push({
                                type: 'block-map',
                                offset: this.offset,
                                indent: this.indent,
                                items: [{ start, key: null, sep: [this.sourceToken] }]
                            });
                        }
                        else if (isFlowToken(it.key) &&
                            !includesToken(it.sep, 'newline')) {
                            const start = getFirstKeyStartProps(it.start);
                            const key = it.key;
                            const sep = it.sep;
                            sep.push(this.sourceToken);
                            // @ts-expect-error type guard is wrong here
                            delete it.key;
                            // @ts-expect-error type guard is wrong here
                            delete it.sep;
                            this.stack.push({
                                type: 'block-map',
                                offset: this.offset,
                                indent: this.indent,
                                items: [{ start, key, sep }]
                            });
                        }
                        else if (start.length > 0) {
                            // Not actually at next item
                            it.sep = it.sep.concat(start, this.sourceToken);
                        }
                        else {
                            it.sep.push(this.sourceToken);
                        }
                    }
                    else {
                        if (!it.sep) {
                            Object.assign(it, { key: null, sep: [this.sourceToken] });
                        }
                        else if (it.value || atNextItem) {
                            map.items.push({ start, key: null, sep: [this.sourceToken] });
                        }
                        else if (includesToken(it.sep, 'map-value-ind')) {
                            this.stack.push({
                                type: 'block-map',
                                offset: this.offset,
                                indent: this.indent,
                                items: [{ start: [], key: null, sep: [this.sourceToken] }]
                            });
                        }
                        else {
                            it.sep.push(this.sourceToken);
                        }
                    }
                    this.onKeyLine = true;
                    return;
                case 'alias':
                case 'scalar':
                case 'single-quoted-scalar':
                case 'double-quoted-scalar': {
                    const fs = this.flowScalar(this.type);
                    if (atNextItem || it.value) {
                        map.items.push({ start, key: fs, sep: [] });
                        this.onKeyLine = true;
                    }
                    else if (it.sep) {
                        this.stack.push(fs);
                    }
                    else {
                        Object.assign(it, { key: fs, sep: [] });
                        this.onKeyLine = true;
                    }
                    return;
                }
                default: {
                    const bv = this.startBlockValue(map);
                    if (bv) {
                        if (bv.type === 'block-seq') {
                            if (!it.explicitKey &&
                                it.sep &&
                                !includesToken(it.sep, 'newline')) {
                                yield* this.pop({
                                    type: 'error',
                                    offset: this.offset,
                                    message: 'Unexpected block-seq-ind on same line with key',
                                    source: this.source
                                });
                                return;
                            }
                        }
                        else if (atMapIndent) {
                            map.items.push({ start });
                        }
                        this.stack.push(bv);
                        return;
                    }
                }
            }
        }
        yield* this.pop();
        yield* this.step();
    }
    *blockSequence(seq) {
        const it = seq.items[seq.items.length - 1];
        switch (this.type) {
            case 'newline':
                if (it.value) {
                    const end = 'end' in it.value ? it.value.end : undefined;
                    const last = Array.isArray(end) ? end[end.length - 1] : undefined;
                    if (last?.type === 'comment')
                        end?.push(this.sourceToken);
                    else
                        seq.items.push({ start: [this.sourceToken] });
                }
                else
                    it.start.push(this.sourceToken);
                return;
            case 'space':
            case 'comment':
                if (it.value)
                    seq.items.push({ start: [this.sourceToken] });
                else {
                    if (this.atIndentedComment(it.start, seq.indent)) {
                        const prev = seq.items[seq.items.length - 2];
                        const end = prev?.value?.end;
                        if (Array.isArray(end)) {
                            arrayPushArray(end, it.start);
                            end.push(this.sourceToken);
                            seq.items.pop();
                            return;
                        }
                    }
                    it.start.push(this.sourceToken);
                }
                return;
            case 'anchor':
            case 'tag':
                if (it.value || this.indent <= seq.indent)
                    break;
                it.start.push(this.sourceToken);
                return;
            case 'seq-item-ind':
                if (this.indent !== seq.indent)
                    break;
                if (it.value || includesToken(it.start, 'seq-item-ind'))
                    seq.items.push({ start: [this.sourceToken] });
                else
                    it.start.push(this.sourceToken);
                return;
        }
        if (this.indent > seq.indent) {
            const bv = this.startBlockValue(seq);
            if (bv) {
                this.stack.push(bv);
                return;
            }
        }
        yield* this.pop();
        yield* this.step();
    }
    *flowCollection(fc) {
        const it = fc.items[fc.items.length - 1];
        if (this.type === 'flow-error-end') {
            let top;
            do {
                yield* this.pop();
                top = this.peek(1);
            } while (top?.type === 'flow-collection');
        }
        else if (fc.end.length === 0) {
            switch (this.type) {
                case 'comma':
                case 'explicit-key-ind':
                    if (!it || it.sep)
                        fc.items.push({ start: [this.sourceToken] });
                    else
                        it.start.push(this.sourceToken);
                    return;
                case 'map-value-ind':
                    if (!it || it.value)
                        fc.items.push({ start: [], key: null, sep: [this.sourceToken] });
                    else if (it.sep)
                        it.sep.push(this.sourceToken);
                    else
                        Object.assign(it, { key: null, sep: [this.sourceToken] });
                    return;
                case 'space':
                case 'comment':
                case 'newline':
                case 'anchor':
                case 'tag':
                    if (!it || it.value)
                        fc.items.push({ start: [this.sourceToken] });
                    else if (it.sep)
                        it.sep.push(this.sourceToken);
                    else
                        it.start.push(this.sourceToken);
                    return;
                case 'alias':
                case 'scalar':
                case 'single-quoted-scalar':
                case 'double-quoted-scalar': {
                    const fs = this.flowScalar(this.type);
                    if (!it || it.value)
                        fc.items.push({ start: [], key: fs, sep: [] });
                    else if (it.sep)
                        this.stack.push(fs);
                    else
                        Object.assign(it, { key: fs, sep: [] });
                    return;
                }
                case 'flow-map-end':
                case 'flow-seq-end':
                    fc.end.push(this.sourceToken);
                    return;
            }
            const bv = this.startBlockValue(fc);
            /* istanbul ignore else should not happen */
            if (bv)
                this.stack.push(bv);
            else {
                yield* this.pop();
                yield* this.step();
            }
        }
        else {
            const parent = this.peek(2);
            if (parent.type === 'block-map' &&
                ((this.type === 'map-value-ind' && parent.indent === fc.indent) ||
                    (this.type === 'newline' &&
                        !parent.items[parent.items.length - 1].sep))) {
                yield* this.pop();
                yield* this.step();
            }
            else if (this.type === 'map-value-ind' &&
                parent.type !== 'flow-collection') {
                const prev = getPrevProps(parent);
                const start = getFirstKeyStartProps(prev);
                fixFlowSeqItems(fc);
                const sep = fc.end.splice(1, fc.end.length);
                sep.push(this.sourceToken);
                const map = {
                    type: 'block-map',
                    offset: fc.offset,
                    indent: fc.indent,
                    items: [{ start, key: fc, sep }]
                };
                this.onKeyLine = true;
                this.stack[this.stack.length - 1] = map;
            }
            else {
                yield* this.lineEnd(fc);
            }
        }
    }
    flowScalar(type) {
        if (this.onNewLine) {
            let nl = this.source.indexOf('\n') + 1;
            while (nl !== 0) {
                this.onNewLine(this.offset + nl);
                nl = this.source.indexOf('\n', nl) + 1;
            }
        }
        return {
            type,
            offset: this.offset,
            indent: this.indent,
            source: this.source
        };
    }
    startBlockValue(parent) {
        switch (this.type) {
            case 'alias':
            case 'scalar':
            case 'single-quoted-scalar':
            case 'double-quoted-scalar':
                return this.flowScalar(this.type);
            case 'block-scalar-header':
                return {
                    type: 'block-scalar',
                    offset: this.offset,
                    indent: this.indent,
                    props: [this.sourceToken],
                    source: ''
                };
            case 'flow-map-start':
            case 'flow-seq-start':
                return {
                    type: 'flow-collection',
                    offset: this.offset,
                    indent: this.indent,
                    start: this.sourceToken,
                    items: [],
                    end: []
                };
            case 'seq-item-ind':
                return {
                    type: 'block-seq',
                    offset: this.offset,
                    indent: this.indent,
                    items: [{ start: [this.sourceToken] }]
                };
            case 'explicit-key-ind': {
                this.onKeyLine = true;
                const prev = getPrevProps(parent);
                const start = getFirstKeyStartProps(prev);
                start.push(this.sourceToken);
                return {
                    type: 'block-map',
                    offset: this.offset,
                    indent: this.indent,
                    items: [{ start, explicitKey: true }]
                };
            }
            case 'map-value-ind': {
                this.onKeyLine = true;
                const prev = getPrevProps(parent);
                const start = getFirstKeyStartProps(prev);
                return {
                    type: 'block-map',
                    offset: this.offset,
                    indent: this.indent,
                    items: [{ start, key: null, sep: [this.sourceToken] }]
                };
            }
        }
        return null;
    }
    atIndentedComment(start, indent) {
        if (this.type !== 'comment')
            return false;
        if (this.indent <= indent)
            return false;
        return start.every(st => st.type === 'newline' || st.type === 'space');
    }
    *documentEnd(docEnd) {
        if (this.type !== 'doc-mode') {
            if (docEnd.end)
                docEnd.end.push(this.sourceToken);
            else
                docEnd.end = [this.sourceToken];
            if (this.type === 'newline')
                yield* this.pop();
        }
    }
    *lineEnd(token) {
        switch (this.type) {
            case 'comma':
            case 'doc-start':
            case 'doc-end':
            case 'flow-seq-end':
            case 'flow-map-end':
            case 'map-value-ind':
                yield* this.pop();
                yield* this.step();
                break;
            case 'newline':
                this.onKeyLine = false;
            // fallthrough
            case 'space':
            case 'comment':
            default:
                // all other values are errors
                if (token.end)
                    token.end.push(this.sourceToken);
                else
                    token.end = [this.sourceToken];
                if (this.type === 'newline')
                    yield* this.pop();
        }
    }
}

exports.Parser = Parser;


/***/ }),

/***/ 9901:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

"use strict";


var composer = __nccwpck_require__(2814);
var Document = __nccwpck_require__(3915);
var errors = __nccwpck_require__(8450);
var log = __nccwpck_require__(8195);
var identity = __nccwpck_require__(1737);
var lineCounter = __nccwpck_require__(1242);
var parser = __nccwpck_require__(8238);

function parseOptions(options) {
    const prettyErrors = options.prettyErrors !== false;
    const lineCounter$1 = options.lineCounter || (prettyErrors && new lineCounter.LineCounter()) || null;
    return { lineCounter: lineCounter$1, prettyErrors };
}
/**
 * Parse the input as a stream of YAML documents.
 *
 * Documents should be separated from each other by `...` or `---` marker lines.
 *
 * @returns If an empty `docs` array is returned, it will be of type
 *   EmptyStream and contain additional stream information. In
 *   TypeScript, you should use `'empty' in docs` as a type guard for it.
 */
function parseAllDocuments(source, options = {}) {
    const { lineCounter, prettyErrors } = parseOptions(options);
    const parser$1 = new parser.Parser(lineCounter?.addNewLine);
    const composer$1 = new composer.Composer(options);
    const docs = Array.from(composer$1.compose(parser$1.parse(source)));
    if (prettyErrors && lineCounter)
        for (const doc of docs) {
            doc.errors.forEach(errors.prettifyError(source, lineCounter));
            doc.warnings.forEach(errors.prettifyError(source, lineCounter));
        }
    if (docs.length > 0)
        return docs;
    return Object.assign([], { empty: true }, composer$1.streamInfo());
}
/** Parse an input string into a single YAML.Document */
function parseDocument(source, options = {}) {
    const { lineCounter, prettyErrors } = parseOptions(options);
    const parser$1 = new parser.Parser(lineCounter?.addNewLine);
    const composer$1 = new composer.Composer(options);
    // `doc` is always set by compose.end(true) at the very latest
    let doc = null;
    for (const _doc of composer$1.compose(parser$1.parse(source), true, source.length)) {
        if (!doc)
            doc = _doc;
        else if (doc.options.logLevel !== 'silent') {
            doc.errors.push(new errors.YAMLParseError(_doc.range.slice(0, 2), 'MULTIPLE_DOCS', 'Source contains multiple documents; please use YAML.parseAllDocuments()'));
            break;
        }
    }
    if (prettyErrors && lineCounter) {
        doc.errors.forEach(errors.prettifyError(source, lineCounter));
        doc.warnings.forEach(errors.prettifyError(source, lineCounter));
    }
    return doc;
}
function parse(src, reviver, options) {
    let _reviver = undefined;
    if (typeof reviver === 'function') {
        _reviver = reviver;
    }
    else if (options === undefined && reviver && typeof reviver === 'object') {
        options = reviver;
    }
    const doc = parseDocument(src, options);
    if (!doc)
        return null;
    doc.warnings.forEach(warning => log.warn(doc.options.logLevel, warning));
    if (doc.errors.length > 0) {
        if (doc.options.logLevel !== 'silent')
            throw doc.errors[0];
        else
            doc.errors = [];
    }
    return doc.toJS(Object.assign({ reviver: _reviver }, options));
}
function stringify(value, replacer, options) {
    let _replacer = null;
    if (typeof replacer === 'function' || Array.isArray(replacer)) {
        _replacer = replacer;
    }
    else if (options === undefined && replacer) {
        options = replacer;
    }
    if (typeof options === 'string')
        options = options.length;
    if (typeof options === 'number') {
        const indent = Math.round(options);
        options = indent < 1 ? undefined : indent > 8 ? { indent: 8 } : { indent };
    }
    if (value === undefined) {
        const { keepUndefined } = options ?? replacer ?? {};
        if (!keepUndefined)
            return undefined;
    }
    if (identity.isDocument(value) && !_replacer)
        return value.toString(options);
    return new Document.Document(value, _replacer, options).toString(options);
}

exports.parse = parse;
exports.parseAllDocuments = parseAllDocuments;
exports.parseDocument = parseDocument;
exports.stringify = stringify;


/***/ }),

/***/ 7878:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

"use strict";


var identity = __nccwpck_require__(1737);
var map = __nccwpck_require__(773);
var seq = __nccwpck_require__(1744);
var string = __nccwpck_require__(2678);
var tags = __nccwpck_require__(8904);

const sortMapEntriesByKey = (a, b) => a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
class Schema {
    constructor({ compat, customTags, merge, resolveKnownTags, schema, sortMapEntries, toStringDefaults }) {
        this.compat = Array.isArray(compat)
            ? tags.getTags(compat, 'compat')
            : compat
                ? tags.getTags(null, compat)
                : null;
        this.name = (typeof schema === 'string' && schema) || 'core';
        this.knownTags = resolveKnownTags ? tags.coreKnownTags : {};
        this.tags = tags.getTags(customTags, this.name, merge);
        this.toStringOptions = toStringDefaults ?? null;
        Object.defineProperty(this, identity.MAP, { value: map.map });
        Object.defineProperty(this, identity.SCALAR, { value: string.string });
        Object.defineProperty(this, identity.SEQ, { value: seq.seq });
        // Used by createMap()
        this.sortMapEntries =
            typeof sortMapEntries === 'function'
                ? sortMapEntries
                : sortMapEntries === true
                    ? sortMapEntriesByKey
                    : null;
    }
    clone() {
        const copy = Object.create(Schema.prototype, Object.getOwnPropertyDescriptors(this));
        copy.tags = this.tags.slice();
        return copy;
    }
}

exports.Schema = Schema;


/***/ }),

/***/ 773:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

"use strict";


var identity = __nccwpck_require__(1737);
var YAMLMap = __nccwpck_require__(1856);

const map = {
    collection: 'map',
    default: true,
    nodeClass: YAMLMap.YAMLMap,
    tag: 'tag:yaml.org,2002:map',
    resolve(map, onError) {
        if (!identity.isMap(map))
            onError('Expected a mapping for this tag');
        return map;
    },
    createNode: (schema, obj, ctx) => YAMLMap.YAMLMap.from(schema, obj, ctx)
};

exports.map = map;


/***/ }),

/***/ 5410:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

"use strict";


var Scalar = __nccwpck_require__(1543);

const nullTag = {
    identify: value => value == null,
    createNode: () => new Scalar.Scalar(null),
    default: true,
    tag: 'tag:yaml.org,2002:null',
    test: /^(?:~|[Nn]ull|NULL)?$/,
    resolve: () => new Scalar.Scalar(null),
    stringify: ({ source }, ctx) => typeof source === 'string' && nullTag.test.test(source)
        ? source
        : ctx.options.nullStr
};

exports.nullTag = nullTag;


/***/ }),

/***/ 1744:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

"use strict";


var identity = __nccwpck_require__(1737);
var YAMLSeq = __nccwpck_require__(3013);

const seq = {
    collection: 'seq',
    default: true,
    nodeClass: YAMLSeq.YAMLSeq,
    tag: 'tag:yaml.org,2002:seq',
    resolve(seq, onError) {
        if (!identity.isSeq(seq))
            onError('Expected a sequence for this tag');
        return seq;
    },
    createNode: (schema, obj, ctx) => YAMLSeq.YAMLSeq.from(schema, obj, ctx)
};

exports.seq = seq;


/***/ }),

/***/ 2678:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

"use strict";


var stringifyString = __nccwpck_require__(4387);

const string = {
    identify: value => typeof value === 'string',
    default: true,
    tag: 'tag:yaml.org,2002:str',
    resolve: str => str,
    stringify(item, ctx, onComment, onChompKeep) {
        ctx = Object.assign({ actualString: true }, ctx);
        return stringifyString.stringifyString(item, ctx, onComment, onChompKeep);
    }
};

exports.string = string;


/***/ }),

/***/ 8437:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

"use strict";


var Scalar = __nccwpck_require__(1543);

const boolTag = {
    identify: value => typeof value === 'boolean',
    default: true,
    tag: 'tag:yaml.org,2002:bool',
    test: /^(?:[Tt]rue|TRUE|[Ff]alse|FALSE)$/,
    resolve: str => new Scalar.Scalar(str[0] === 't' || str[0] === 'T'),
    stringify({ source, value }, ctx) {
        if (source && boolTag.test.test(source)) {
            const sv = source[0] === 't' || source[0] === 'T';
            if (value === sv)
                return source;
        }
        return value ? ctx.options.trueStr : ctx.options.falseStr;
    }
};

exports.boolTag = boolTag;


/***/ }),

/***/ 2859:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

"use strict";


var Scalar = __nccwpck_require__(1543);
var stringifyNumber = __nccwpck_require__(2827);

const floatNaN = {
    identify: value => typeof value === 'number',
    default: true,
    tag: 'tag:yaml.org,2002:float',
    test: /^(?:[-+]?\.(?:inf|Inf|INF)|\.nan|\.NaN|\.NAN)$/,
    resolve: str => str.slice(-3).toLowerCase() === 'nan'
        ? NaN
        : str[0] === '-'
            ? Number.NEGATIVE_INFINITY
            : Number.POSITIVE_INFINITY,
    stringify: stringifyNumber.stringifyNumber
};
const floatExp = {
    identify: value => typeof value === 'number',
    default: true,
    tag: 'tag:yaml.org,2002:float',
    format: 'EXP',
    test: /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)[eE][-+]?[0-9]+$/,
    resolve: str => parseFloat(str),
    stringify(node) {
        const num = Number(node.value);
        return isFinite(num) ? num.toExponential() : stringifyNumber.stringifyNumber(node);
    }
};
const float = {
    identify: value => typeof value === 'number',
    default: true,
    tag: 'tag:yaml.org,2002:float',
    test: /^[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*)$/,
    resolve(str) {
        const node = new Scalar.Scalar(parseFloat(str));
        const dot = str.indexOf('.');
        if (dot !== -1 && str[str.length - 1] === '0')
            node.minFractionDigits = str.length - dot - 1;
        return node;
    },
    stringify: stringifyNumber.stringifyNumber
};

exports.float = float;
exports.floatExp = floatExp;
exports.floatNaN = floatNaN;


/***/ }),

/***/ 4044:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

"use strict";


var stringifyNumber = __nccwpck_require__(2827);

const intIdentify = (value) => typeof value === 'bigint' || Number.isInteger(value);
const intResolve = (str, offset, radix, { intAsBigInt }) => (intAsBigInt ? BigInt(str) : parseInt(str.substring(offset), radix));
function intStringify(node, radix, prefix) {
    const { value } = node;
    if (intIdentify(value) && value >= 0)
        return prefix + value.toString(radix);
    return stringifyNumber.stringifyNumber(node);
}
const intOct = {
    identify: value => intIdentify(value) && value >= 0,
    default: true,
    tag: 'tag:yaml.org,2002:int',
    format: 'OCT',
    test: /^0o[0-7]+$/,
    resolve: (str, _onError, opt) => intResolve(str, 2, 8, opt),
    stringify: node => intStringify(node, 8, '0o')
};
const int = {
    identify: intIdentify,
    default: true,
    tag: 'tag:yaml.org,2002:int',
    test: /^[-+]?[0-9]+$/,
    resolve: (str, _onError, opt) => intResolve(str, 0, 10, opt),
    stringify: stringifyNumber.stringifyNumber
};
const intHex = {
    identify: value => intIdentify(value) && value >= 0,
    default: true,
    tag: 'tag:yaml.org,2002:int',
    format: 'HEX',
    test: /^0x[0-9a-fA-F]+$/,
    resolve: (str, _onError, opt) => intResolve(str, 2, 16, opt),
    stringify: node => intStringify(node, 16, '0x')
};

exports.int = int;
exports.intHex = intHex;
exports.intOct = intOct;


/***/ }),

/***/ 1946:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

"use strict";


var map = __nccwpck_require__(773);
var _null = __nccwpck_require__(5410);
var seq = __nccwpck_require__(1744);
var string = __nccwpck_require__(2678);
var bool = __nccwpck_require__(8437);
var float = __nccwpck_require__(2859);
var int = __nccwpck_require__(4044);

const schema = [
    map.map,
    seq.seq,
    string.string,
    _null.nullTag,
    bool.boolTag,
    int.intOct,
    int.int,
    int.intHex,
    float.floatNaN,
    float.floatExp,
    float.float
];

exports.schema = schema;


/***/ }),

/***/ 9605:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

"use strict";


var Scalar = __nccwpck_require__(1543);
var map = __nccwpck_require__(773);
var seq = __nccwpck_require__(1744);

function intIdentify(value) {
    return typeof value === 'bigint' || Number.isInteger(value);
}
const stringifyJSON = ({ value }) => JSON.stringify(value);
const jsonScalars = [
    {
        identify: value => typeof value === 'string',
        default: true,
        tag: 'tag:yaml.org,2002:str',
        resolve: str => str,
        stringify: stringifyJSON
    },
    {
        identify: value => value == null,
        createNode: () => new Scalar.Scalar(null),
        default: true,
        tag: 'tag:yaml.org,2002:null',
        test: /^null$/,
        resolve: () => null,
        stringify: stringifyJSON
    },
    {
        identify: value => typeof value === 'boolean',
        default: true,
        tag: 'tag:yaml.org,2002:bool',
        test: /^true$|^false$/,
        resolve: str => str === 'true',
        stringify: stringifyJSON
    },
    {
        identify: intIdentify,
        default: true,
        tag: 'tag:yaml.org,2002:int',
        test: /^-?(?:0|[1-9][0-9]*)$/,
        resolve: (str, _onError, { intAsBigInt }) => intAsBigInt ? BigInt(str) : parseInt(str, 10),
        stringify: ({ value }) => intIdentify(value) ? value.toString() : JSON.stringify(value)
    },
    {
        identify: value => typeof value === 'number',
        default: true,
        tag: 'tag:yaml.org,2002:float',
        test: /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?$/,
        resolve: str => parseFloat(str),
        stringify: stringifyJSON
    }
];
const jsonError = {
    default: true,
    tag: '',
    test: /^/,
    resolve(str, onError) {
        onError(`Unresolved plain scalar ${JSON.stringify(str)}`);
        return str;
    }
};
const schema = [map.map, seq.seq].concat(jsonScalars, jsonError);

exports.schema = schema;


/***/ }),

/***/ 8904:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

"use strict";


var map = __nccwpck_require__(773);
var _null = __nccwpck_require__(5410);
var seq = __nccwpck_require__(1744);
var string = __nccwpck_require__(2678);
var bool = __nccwpck_require__(8437);
var float = __nccwpck_require__(2859);
var int = __nccwpck_require__(4044);
var schema = __nccwpck_require__(1946);
var schema$1 = __nccwpck_require__(9605);
var binary = __nccwpck_require__(6737);
var merge = __nccwpck_require__(5970);
var omap = __nccwpck_require__(8781);
var pairs = __nccwpck_require__(9751);
var schema$2 = __nccwpck_require__(3019);
var set = __nccwpck_require__(1314);
var timestamp = __nccwpck_require__(5994);

const schemas = new Map([
    ['core', schema.schema],
    ['failsafe', [map.map, seq.seq, string.string]],
    ['json', schema$1.schema],
    ['yaml11', schema$2.schema],
    ['yaml-1.1', schema$2.schema]
]);
const tagsByName = {
    binary: binary.binary,
    bool: bool.boolTag,
    float: float.float,
    floatExp: float.floatExp,
    floatNaN: float.floatNaN,
    floatTime: timestamp.floatTime,
    int: int.int,
    intHex: int.intHex,
    intOct: int.intOct,
    intTime: timestamp.intTime,
    map: map.map,
    merge: merge.merge,
    null: _null.nullTag,
    omap: omap.omap,
    pairs: pairs.pairs,
    seq: seq.seq,
    set: set.set,
    timestamp: timestamp.timestamp
};
const coreKnownTags = {
    'tag:yaml.org,2002:binary': binary.binary,
    'tag:yaml.org,2002:merge': merge.merge,
    'tag:yaml.org,2002:omap': omap.omap,
    'tag:yaml.org,2002:pairs': pairs.pairs,
    'tag:yaml.org,2002:set': set.set,
    'tag:yaml.org,2002:timestamp': timestamp.timestamp
};
function getTags(customTags, schemaName, addMergeTag) {
    const schemaTags = schemas.get(schemaName);
    if (schemaTags && !customTags) {
        return addMergeTag && !schemaTags.includes(merge.merge)
            ? schemaTags.concat(merge.merge)
            : schemaTags.slice();
    }
    let tags = schemaTags;
    if (!tags) {
        if (Array.isArray(customTags))
            tags = [];
        else {
            const keys = Array.from(schemas.keys())
                .filter(key => key !== 'yaml11')
                .map(key => JSON.stringify(key))
                .join(', ');
            throw new Error(`Unknown schema "${schemaName}"; use one of ${keys} or define customTags array`);
        }
    }
    if (Array.isArray(customTags)) {
        for (const tag of customTags)
            tags = tags.concat(tag);
    }
    else if (typeof customTags === 'function') {
        tags = customTags(tags.slice());
    }
    if (addMergeTag)
        tags = tags.concat(merge.merge);
    return tags.reduce((tags, tag) => {
        const tagObj = typeof tag === 'string' ? tagsByName[tag] : tag;
        if (!tagObj) {
            const tagName = JSON.stringify(tag);
            const keys = Object.keys(tagsByName)
                .map(key => JSON.stringify(key))
                .join(', ');
            throw new Error(`Unknown custom tag ${tagName}; use one of ${keys}`);
        }
        if (!tags.includes(tagObj))
            tags.push(tagObj);
        return tags;
    }, []);
}

exports.coreKnownTags = coreKnownTags;
exports.getTags = getTags;


/***/ }),

/***/ 6737:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

"use strict";


var node_buffer = __nccwpck_require__(181);
var Scalar = __nccwpck_require__(1543);
var stringifyString = __nccwpck_require__(4387);

const binary = {
    identify: value => value instanceof Uint8Array, // Buffer inherits from Uint8Array
    default: false,
    tag: 'tag:yaml.org,2002:binary',
    /**
     * Returns a Buffer in node and an Uint8Array in browsers
     *
     * To use the resulting buffer as an image, you'll want to do something like:
     *
     *   const blob = new Blob([buffer], { type: 'image/jpeg' })
     *   document.querySelector('#photo').src = URL.createObjectURL(blob)
     */
    resolve(src, onError) {
        if (typeof node_buffer.Buffer === 'function') {
            return node_buffer.Buffer.from(src, 'base64');
        }
        else if (typeof atob === 'function') {
            // On IE 11, atob() can't handle newlines
            const str = atob(src.replace(/[\n\r]/g, ''));
            const buffer = new Uint8Array(str.length);
            for (let i = 0; i < str.length; ++i)
                buffer[i] = str.charCodeAt(i);
            return buffer;
        }
        else {
            onError('This environment does not support reading binary tags; either Buffer or atob is required');
            return src;
        }
    },
    stringify({ comment, type, value }, ctx, onComment, onChompKeep) {
        if (!value)
            return '';
        const buf = value; // checked earlier by binary.identify()
        let str;
        if (typeof node_buffer.Buffer === 'function') {
            str =
                buf instanceof node_buffer.Buffer
                    ? buf.toString('base64')
                    : node_buffer.Buffer.from(buf.buffer).toString('base64');
        }
        else if (typeof btoa === 'function') {
            let s = '';
            for (let i = 0; i < buf.length; ++i)
                s += String.fromCharCode(buf[i]);
            str = btoa(s);
        }
        else {
            throw new Error('This environment does not support writing binary tags; either Buffer or btoa is required');
        }
        type ?? (type = Scalar.Scalar.BLOCK_LITERAL);
        if (type !== Scalar.Scalar.QUOTE_DOUBLE) {
            const lineWidth = Math.max(ctx.options.lineWidth - ctx.indent.length, ctx.options.minContentWidth);
            const n = Math.ceil(str.length / lineWidth);
            const lines = new Array(n);
            for (let i = 0, o = 0; i < n; ++i, o += lineWidth) {
                lines[i] = str.substr(o, lineWidth);
            }
            str = lines.join(type === Scalar.Scalar.BLOCK_LITERAL ? '\n' : ' ');
        }
        return stringifyString.stringifyString({ comment, type, value: str }, ctx, onComment, onChompKeep);
    }
};

exports.binary = binary;


/***/ }),

/***/ 2348:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

"use strict";


var Scalar = __nccwpck_require__(1543);

function boolStringify({ value, source }, ctx) {
    const boolObj = value ? trueTag : falseTag;
    if (source && boolObj.test.test(source))
        return source;
    return value ? ctx.options.trueStr : ctx.options.falseStr;
}
const trueTag = {
    identify: value => value === true,
    default: true,
    tag: 'tag:yaml.org,2002:bool',
    test: /^(?:Y|y|[Yy]es|YES|[Tt]rue|TRUE|[Oo]n|ON)$/,
    resolve: () => new Scalar.Scalar(true),
    stringify: boolStringify
};
const falseTag = {
    identify: value => value === false,
    default: true,
    tag: 'tag:yaml.org,2002:bool',
    test: /^(?:N|n|[Nn]o|NO|[Ff]alse|FALSE|[Oo]ff|OFF)$/,
    resolve: () => new Scalar.Scalar(false),
    stringify: boolStringify
};

exports.falseTag = falseTag;
exports.trueTag = trueTag;


/***/ }),

/***/ 7292:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

"use strict";


var Scalar = __nccwpck_require__(1543);
var stringifyNumber = __nccwpck_require__(2827);

const floatNaN = {
    identify: value => typeof value === 'number',
    default: true,
    tag: 'tag:yaml.org,2002:float',
    test: /^(?:[-+]?\.(?:inf|Inf|INF)|\.nan|\.NaN|\.NAN)$/,
    resolve: (str) => str.slice(-3).toLowerCase() === 'nan'
        ? NaN
        : str[0] === '-'
            ? Number.NEGATIVE_INFINITY
            : Number.POSITIVE_INFINITY,
    stringify: stringifyNumber.stringifyNumber
};
const floatExp = {
    identify: value => typeof value === 'number',
    default: true,
    tag: 'tag:yaml.org,2002:float',
    format: 'EXP',
    test: /^[-+]?(?:[0-9][0-9_]*)?(?:\.[0-9_]*)?[eE][-+]?[0-9]+$/,
    resolve: (str) => parseFloat(str.replace(/_/g, '')),
    stringify(node) {
        const num = Number(node.value);
        return isFinite(num) ? num.toExponential() : stringifyNumber.stringifyNumber(node);
    }
};
const float = {
    identify: value => typeof value === 'number',
    default: true,
    tag: 'tag:yaml.org,2002:float',
    test: /^[-+]?(?:[0-9][0-9_]*)?\.[0-9_]*$/,
    resolve(str) {
        const node = new Scalar.Scalar(parseFloat(str.replace(/_/g, '')));
        const dot = str.indexOf('.');
        if (dot !== -1) {
            const f = str.substring(dot + 1).replace(/_/g, '');
            if (f[f.length - 1] === '0')
                node.minFractionDigits = f.length;
        }
        return node;
    },
    stringify: stringifyNumber.stringifyNumber
};

exports.float = float;
exports.floatExp = floatExp;
exports.floatNaN = floatNaN;


/***/ }),

/***/ 7851:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

"use strict";


var stringifyNumber = __nccwpck_require__(2827);

const intIdentify = (value) => typeof value === 'bigint' || Number.isInteger(value);
function intResolve(str, offset, radix, { intAsBigInt }) {
    const sign = str[0];
    if (sign === '-' || sign === '+')
        offset += 1;
    str = str.substring(offset).replace(/_/g, '');
    if (intAsBigInt) {
        switch (radix) {
            case 2:
                str = `0b${str}`;
                break;
            case 8:
                str = `0o${str}`;
                break;
            case 16:
                str = `0x${str}`;
                break;
        }
        const n = BigInt(str);
        return sign === '-' ? BigInt(-1) * n : n;
    }
    const n = parseInt(str, radix);
    return sign === '-' ? -1 * n : n;
}
function intStringify(node, radix, prefix) {
    const { value } = node;
    if (intIdentify(value)) {
        const str = value.toString(radix);
        return value < 0 ? '-' + prefix + str.substr(1) : prefix + str;
    }
    return stringifyNumber.stringifyNumber(node);
}
const intBin = {
    identify: intIdentify,
    default: true,
    tag: 'tag:yaml.org,2002:int',
    format: 'BIN',
    test: /^[-+]?0b[0-1_]+$/,
    resolve: (str, _onError, opt) => intResolve(str, 2, 2, opt),
    stringify: node => intStringify(node, 2, '0b')
};
const intOct = {
    identify: intIdentify,
    default: true,
    tag: 'tag:yaml.org,2002:int',
    format: 'OCT',
    test: /^[-+]?0[0-7_]+$/,
    resolve: (str, _onError, opt) => intResolve(str, 1, 8, opt),
    stringify: node => intStringify(node, 8, '0')
};
const int = {
    identify: intIdentify,
    default: true,
    tag: 'tag:yaml.org,2002:int',
    test: /^[-+]?[0-9][0-9_]*$/,
    resolve: (str, _onError, opt) => intResolve(str, 0, 10, opt),
    stringify: stringifyNumber.stringifyNumber
};
const intHex = {
    identify: intIdentify,
    default: true,
    tag: 'tag:yaml.org,2002:int',
    format: 'HEX',
    test: /^[-+]?0x[0-9a-fA-F_]+$/,
    resolve: (str, _onError, opt) => intResolve(str, 2, 16, opt),
    stringify: node => intStringify(node, 16, '0x')
};

exports.int = int;
exports.intBin = intBin;
exports.intHex = intHex;
exports.intOct = intOct;


/***/ }),

/***/ 5970:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

"use strict";


var identity = __nccwpck_require__(1737);
var Scalar = __nccwpck_require__(1543);

// If the value associated with a merge key is a single mapping node, each of
// its key/value pairs is inserted into the current mapping, unless the key
// already exists in it. If the value associated with the merge key is a
// sequence, then this sequence is expected to contain mapping nodes and each
// of these nodes is merged in turn according to its order in the sequence.
// Keys in mapping nodes earlier in the sequence override keys specified in
// later mapping nodes. -- http://yaml.org/type/merge.html
const MERGE_KEY = '<<';
const merge = {
    identify: value => value === MERGE_KEY ||
        (typeof value === 'symbol' && value.description === MERGE_KEY),
    default: 'key',
    tag: 'tag:yaml.org,2002:merge',
    test: /^<<$/,
    resolve: () => Object.assign(new Scalar.Scalar(Symbol(MERGE_KEY)), {
        addToJSMap: addMergeToJSMap
    }),
    stringify: () => MERGE_KEY
};
const isMergeKey = (ctx, key) => (merge.identify(key) ||
    (identity.isScalar(key) &&
        (!key.type || key.type === Scalar.Scalar.PLAIN) &&
        merge.identify(key.value))) &&
    ctx?.doc.schema.tags.some(tag => tag.tag === merge.tag && tag.default);
function addMergeToJSMap(ctx, map, value) {
    const source = resolveAliasValue(ctx, value);
    if (identity.isSeq(source))
        for (const it of source.items)
            mergeValue(ctx, map, it);
    else if (Array.isArray(source))
        for (const it of source)
            mergeValue(ctx, map, it);
    else
        mergeValue(ctx, map, source);
}
function mergeValue(ctx, map, value) {
    const source = resolveAliasValue(ctx, value);
    if (!identity.isMap(source))
        throw new Error('Merge sources must be maps or map aliases');
    const srcMap = source.toJSON(null, ctx, Map);
    for (const [key, value] of srcMap) {
        if (map instanceof Map) {
            if (!map.has(key))
                map.set(key, value);
        }
        else if (map instanceof Set) {
            map.add(key);
        }
        else if (!Object.prototype.hasOwnProperty.call(map, key)) {
            Object.defineProperty(map, key, {
                value,
                writable: true,
                enumerable: true,
                configurable: true
            });
        }
    }
    return map;
}
function resolveAliasValue(ctx, value) {
    return ctx && identity.isAlias(value) ? value.resolve(ctx.doc, ctx) : value;
}

exports.addMergeToJSMap = addMergeToJSMap;
exports.isMergeKey = isMergeKey;
exports.merge = merge;


/***/ }),

/***/ 8781:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

"use strict";


var identity = __nccwpck_require__(1737);
var toJS = __nccwpck_require__(445);
var YAMLMap = __nccwpck_require__(1856);
var YAMLSeq = __nccwpck_require__(3013);
var pairs = __nccwpck_require__(9751);

class YAMLOMap extends YAMLSeq.YAMLSeq {
    constructor() {
        super();
        this.add = YAMLMap.YAMLMap.prototype.add.bind(this);
        this.delete = YAMLMap.YAMLMap.prototype.delete.bind(this);
        this.get = YAMLMap.YAMLMap.prototype.get.bind(this);
        this.has = YAMLMap.YAMLMap.prototype.has.bind(this);
        this.set = YAMLMap.YAMLMap.prototype.set.bind(this);
        this.tag = YAMLOMap.tag;
    }
    /**
     * If `ctx` is given, the return type is actually `Map<unknown, unknown>`,
     * but TypeScript won't allow widening the signature of a child method.
     */
    toJSON(_, ctx) {
        if (!ctx)
            return super.toJSON(_);
        const map = new Map();
        if (ctx?.onCreate)
            ctx.onCreate(map);
        for (const pair of this.items) {
            let key, value;
            if (identity.isPair(pair)) {
                key = toJS.toJS(pair.key, '', ctx);
                value = toJS.toJS(pair.value, key, ctx);
            }
            else {
                key = toJS.toJS(pair, '', ctx);
            }
            if (map.has(key))
                throw new Error('Ordered maps must not include duplicate keys');
            map.set(key, value);
        }
        return map;
    }
    static from(schema, iterable, ctx) {
        const pairs$1 = pairs.createPairs(schema, iterable, ctx);
        const omap = new this();
        omap.items = pairs$1.items;
        return omap;
    }
}
YAMLOMap.tag = 'tag:yaml.org,2002:omap';
const omap = {
    collection: 'seq',
    identify: value => value instanceof Map,
    nodeClass: YAMLOMap,
    default: false,
    tag: 'tag:yaml.org,2002:omap',
    resolve(seq, onError) {
        const pairs$1 = pairs.resolvePairs(seq, onError);
        const seenKeys = [];
        for (const { key } of pairs$1.items) {
            if (identity.isScalar(key)) {
                if (seenKeys.includes(key.value)) {
                    onError(`Ordered maps must not include duplicate keys: ${key.value}`);
                }
                else {
                    seenKeys.push(key.value);
                }
            }
        }
        return Object.assign(new YAMLOMap(), pairs$1);
    },
    createNode: (schema, iterable, ctx) => YAMLOMap.from(schema, iterable, ctx)
};

exports.YAMLOMap = YAMLOMap;
exports.omap = omap;


/***/ }),

/***/ 9751:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

"use strict";


var identity = __nccwpck_require__(1737);
var Pair = __nccwpck_require__(7567);
var Scalar = __nccwpck_require__(1543);
var YAMLSeq = __nccwpck_require__(3013);

function resolvePairs(seq, onError) {
    if (identity.isSeq(seq)) {
        for (let i = 0; i < seq.items.length; ++i) {
            let item = seq.items[i];
            if (identity.isPair(item))
                continue;
            else if (identity.isMap(item)) {
                if (item.items.length > 1)
                    onError('Each pair must have its own sequence indicator');
                const pair = item.items[0] || new Pair.Pair(new Scalar.Scalar(null));
                if (item.commentBefore)
                    pair.key.commentBefore = pair.key.commentBefore
                        ? `${item.commentBefore}\n${pair.key.commentBefore}`
                        : item.commentBefore;
                if (item.comment) {
                    const cn = pair.value ?? pair.key;
                    cn.comment = cn.comment
                        ? `${item.comment}\n${cn.comment}`
                        : item.comment;
                }
                item = pair;
            }
            seq.items[i] = identity.isPair(item) ? item : new Pair.Pair(item);
        }
    }
    else
        onError('Expected a sequence for this tag');
    return seq;
}
function createPairs(schema, iterable, ctx) {
    const { replacer } = ctx;
    const pairs = new YAMLSeq.YAMLSeq(schema);
    pairs.tag = 'tag:yaml.org,2002:pairs';
    let i = 0;
    if (iterable && Symbol.iterator in Object(iterable))
        for (let it of iterable) {
            if (typeof replacer === 'function')
                it = replacer.call(iterable, String(i++), it);
            let key, value;
            if (Array.isArray(it)) {
                if (it.length === 2) {
                    key = it[0];
                    value = it[1];
                }
                else
                    throw new TypeError(`Expected [key, value] tuple: ${it}`);
            }
            else if (it && it instanceof Object) {
                const keys = Object.keys(it);
                if (keys.length === 1) {
                    key = keys[0];
                    value = it[key];
                }
                else {
                    throw new TypeError(`Expected tuple with one key, not ${keys.length} keys`);
                }
            }
            else {
                key = it;
            }
            pairs.items.push(Pair.createPair(key, value, ctx));
        }
    return pairs;
}
const pairs = {
    collection: 'seq',
    default: false,
    tag: 'tag:yaml.org,2002:pairs',
    resolve: resolvePairs,
    createNode: createPairs
};

exports.createPairs = createPairs;
exports.pairs = pairs;
exports.resolvePairs = resolvePairs;


/***/ }),

/***/ 3019:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

"use strict";


var map = __nccwpck_require__(773);
var _null = __nccwpck_require__(5410);
var seq = __nccwpck_require__(1744);
var string = __nccwpck_require__(2678);
var binary = __nccwpck_require__(6737);
var bool = __nccwpck_require__(2348);
var float = __nccwpck_require__(7292);
var int = __nccwpck_require__(7851);
var merge = __nccwpck_require__(5970);
var omap = __nccwpck_require__(8781);
var pairs = __nccwpck_require__(9751);
var set = __nccwpck_require__(1314);
var timestamp = __nccwpck_require__(5994);

const schema = [
    map.map,
    seq.seq,
    string.string,
    _null.nullTag,
    bool.trueTag,
    bool.falseTag,
    int.intBin,
    int.intOct,
    int.int,
    int.intHex,
    float.floatNaN,
    float.floatExp,
    float.float,
    binary.binary,
    merge.merge,
    omap.omap,
    pairs.pairs,
    set.set,
    timestamp.intTime,
    timestamp.floatTime,
    timestamp.timestamp
];

exports.schema = schema;


/***/ }),

/***/ 1314:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

"use strict";


var identity = __nccwpck_require__(1737);
var Pair = __nccwpck_require__(7567);
var YAMLMap = __nccwpck_require__(1856);

class YAMLSet extends YAMLMap.YAMLMap {
    constructor(schema) {
        super(schema);
        this.tag = YAMLSet.tag;
    }
    add(key) {
        let pair;
        if (identity.isPair(key))
            pair = key;
        else if (key &&
            typeof key === 'object' &&
            'key' in key &&
            'value' in key &&
            key.value === null)
            pair = new Pair.Pair(key.key, null);
        else
            pair = new Pair.Pair(key, null);
        const prev = YAMLMap.findPair(this.items, pair.key);
        if (!prev)
            this.items.push(pair);
    }
    /**
     * If `keepPair` is `true`, returns the Pair matching `key`.
     * Otherwise, returns the value of that Pair's key.
     */
    get(key, keepPair) {
        const pair = YAMLMap.findPair(this.items, key);
        return !keepPair && identity.isPair(pair)
            ? identity.isScalar(pair.key)
                ? pair.key.value
                : pair.key
            : pair;
    }
    set(key, value) {
        if (typeof value !== 'boolean')
            throw new Error(`Expected boolean value for set(key, value) in a YAML set, not ${typeof value}`);
        const prev = YAMLMap.findPair(this.items, key);
        if (prev && !value) {
            this.items.splice(this.items.indexOf(prev), 1);
        }
        else if (!prev && value) {
            this.items.push(new Pair.Pair(key));
        }
    }
    toJSON(_, ctx) {
        return super.toJSON(_, ctx, Set);
    }
    toString(ctx, onComment, onChompKeep) {
        if (!ctx)
            return JSON.stringify(this);
        if (this.hasAllNullValues(true))
            return super.toString(Object.assign({}, ctx, { allNullValues: true }), onComment, onChompKeep);
        else
            throw new Error('Set items must all have null values');
    }
    static from(schema, iterable, ctx) {
        const { replacer } = ctx;
        const set = new this(schema);
        if (iterable && Symbol.iterator in Object(iterable))
            for (let value of iterable) {
                if (typeof replacer === 'function')
                    value = replacer.call(iterable, value, value);
                set.items.push(Pair.createPair(value, null, ctx));
            }
        return set;
    }
}
YAMLSet.tag = 'tag:yaml.org,2002:set';
const set = {
    collection: 'map',
    identify: value => value instanceof Set,
    nodeClass: YAMLSet,
    default: false,
    tag: 'tag:yaml.org,2002:set',
    createNode: (schema, iterable, ctx) => YAMLSet.from(schema, iterable, ctx),
    resolve(map, onError) {
        if (identity.isMap(map)) {
            if (map.hasAllNullValues(true))
                return Object.assign(new YAMLSet(), map);
            else
                onError('Set items must all have null values');
        }
        else
            onError('Expected a mapping for this tag');
        return map;
    }
};

exports.YAMLSet = YAMLSet;
exports.set = set;


/***/ }),

/***/ 5994:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

"use strict";


var stringifyNumber = __nccwpck_require__(2827);

/** Internal types handle bigint as number, because TS can't figure it out. */
function parseSexagesimal(str, asBigInt) {
    const sign = str[0];
    const parts = sign === '-' || sign === '+' ? str.substring(1) : str;
    const num = (n) => asBigInt ? BigInt(n) : Number(n);
    const res = parts
        .replace(/_/g, '')
        .split(':')
        .reduce((res, p) => res * num(60) + num(p), num(0));
    return (sign === '-' ? num(-1) * res : res);
}
/**
 * hhhh:mm:ss.sss
 *
 * Internal types handle bigint as number, because TS can't figure it out.
 */
function stringifySexagesimal(node) {
    let { value } = node;
    let num = (n) => n;
    if (typeof value === 'bigint')
        num = n => BigInt(n);
    else if (isNaN(value) || !isFinite(value))
        return stringifyNumber.stringifyNumber(node);
    let sign = '';
    if (value < 0) {
        sign = '-';
        value *= num(-1);
    }
    const _60 = num(60);
    const parts = [value % _60]; // seconds, including ms
    if (value < 60) {
        parts.unshift(0); // at least one : is required
    }
    else {
        value = (value - parts[0]) / _60;
        parts.unshift(value % _60); // minutes
        if (value >= 60) {
            value = (value - parts[0]) / _60;
            parts.unshift(value); // hours
        }
    }
    return (sign +
        parts
            .map(n => String(n).padStart(2, '0'))
            .join(':')
            .replace(/000000\d*$/, '') // % 60 may introduce error
    );
}
const intTime = {
    identify: value => typeof value === 'bigint' || Number.isInteger(value),
    default: true,
    tag: 'tag:yaml.org,2002:int',
    format: 'TIME',
    test: /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+$/,
    resolve: (str, _onError, { intAsBigInt }) => parseSexagesimal(str, intAsBigInt),
    stringify: stringifySexagesimal
};
const floatTime = {
    identify: value => typeof value === 'number',
    default: true,
    tag: 'tag:yaml.org,2002:float',
    format: 'TIME',
    test: /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*$/,
    resolve: str => parseSexagesimal(str, false),
    stringify: stringifySexagesimal
};
const timestamp = {
    identify: value => value instanceof Date,
    default: true,
    tag: 'tag:yaml.org,2002:timestamp',
    // If the time zone is omitted, the timestamp is assumed to be specified in UTC. The time part
    // may be omitted altogether, resulting in a date format. In such a case, the time part is
    // assumed to be 00:00:00Z (start of day, UTC).
    test: RegExp('^([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})' + // YYYY-Mm-Dd
        '(?:' + // time is optional
        '(?:t|T|[ \\t]+)' + // t | T | whitespace
        '([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2}(\\.[0-9]+)?)' + // Hh:Mm:Ss(.ss)?
        '(?:[ \\t]*(Z|[-+][012]?[0-9](?::[0-9]{2})?))?' + // Z | +5 | -03:30
        ')?$'),
    resolve(str) {
        const match = str.match(timestamp.test);
        if (!match)
            throw new Error('!!timestamp expects a date, starting with yyyy-mm-dd');
        const [, year, month, day, hour, minute, second] = match.map(Number);
        const millisec = match[7] ? Number((match[7] + '00').substr(1, 3)) : 0;
        let date = Date.UTC(year, month - 1, day, hour || 0, minute || 0, second || 0, millisec);
        const tz = match[8];
        if (tz && tz !== 'Z') {
            let d = parseSexagesimal(tz, false);
            if (Math.abs(d) < 30)
                d *= 60;
            date -= 60000 * d;
        }
        return new Date(date);
    },
    stringify: ({ value }) => value?.toISOString().replace(/(T00:00:00)?\.000Z$/, '') ?? ''
};

exports.floatTime = floatTime;
exports.intTime = intTime;
exports.timestamp = timestamp;


/***/ }),

/***/ 9777:
/***/ ((__unused_webpack_module, exports) => {

"use strict";


const FOLD_FLOW = 'flow';
const FOLD_BLOCK = 'block';
const FOLD_QUOTED = 'quoted';
/**
 * Tries to keep input at up to `lineWidth` characters, splitting only on spaces
 * not followed by newlines or spaces unless `mode` is `'quoted'`. Lines are
 * terminated with `\n` and started with `indent`.
 */
function foldFlowLines(text, indent, mode = 'flow', { indentAtStart, lineWidth = 80, minContentWidth = 20, onFold, onOverflow } = {}) {
    if (!lineWidth || lineWidth < 0)
        return text;
    if (lineWidth < minContentWidth)
        minContentWidth = 0;
    const endStep = Math.max(1 + minContentWidth, 1 + lineWidth - indent.length);
    if (text.length <= endStep)
        return text;
    const folds = [];
    const escapedFolds = {};
    let end = lineWidth - indent.length;
    if (typeof indentAtStart === 'number') {
        if (indentAtStart > lineWidth - Math.max(2, minContentWidth))
            folds.push(0);
        else
            end = lineWidth - indentAtStart;
    }
    let split = undefined;
    let prev = undefined;
    let overflow = false;
    let i = -1;
    let escStart = -1;
    let escEnd = -1;
    if (mode === FOLD_BLOCK) {
        i = consumeMoreIndentedLines(text, i, indent.length);
        if (i !== -1)
            end = i + endStep;
    }
    for (let ch; (ch = text[(i += 1)]);) {
        if (mode === FOLD_QUOTED && ch === '\\') {
            escStart = i;
            switch (text[i + 1]) {
                case 'x':
                    i += 3;
                    break;
                case 'u':
                    i += 5;
                    break;
                case 'U':
                    i += 9;
                    break;
                default:
                    i += 1;
            }
            escEnd = i;
        }
        if (ch === '\n') {
            if (mode === FOLD_BLOCK)
                i = consumeMoreIndentedLines(text, i, indent.length);
            end = i + indent.length + endStep;
            split = undefined;
        }
        else {
            if (ch === ' ' &&
                prev &&
                prev !== ' ' &&
                prev !== '\n' &&
                prev !== '\t') {
                // space surrounded by non-space can be replaced with newline + indent
                const next = text[i + 1];
                if (next && next !== ' ' && next !== '\n' && next !== '\t')
                    split = i;
            }
            if (i >= end) {
                if (split) {
                    folds.push(split);
                    end = split + endStep;
                    split = undefined;
                }
                else if (mode === FOLD_QUOTED) {
                    // white-space collected at end may stretch past lineWidth
                    while (prev === ' ' || prev === '\t') {
                        prev = ch;
                        ch = text[(i += 1)];
                        overflow = true;
                    }
                    // Account for newline escape, but don't break preceding escape
                    const j = i > escEnd + 1 ? i - 2 : escStart - 1;
                    // Bail out if lineWidth & minContentWidth are shorter than an escape string
                    if (escapedFolds[j])
                        return text;
                    folds.push(j);
                    escapedFolds[j] = true;
                    end = j + endStep;
                    split = undefined;
                }
                else {
                    overflow = true;
                }
            }
        }
        prev = ch;
    }
    if (overflow && onOverflow)
        onOverflow();
    if (folds.length === 0)
        return text;
    if (onFold)
        onFold();
    let res = text.slice(0, folds[0]);
    for (let i = 0; i < folds.length; ++i) {
        const fold = folds[i];
        const end = folds[i + 1] || text.length;
        if (fold === 0)
            res = `\n${indent}${text.slice(0, end)}`;
        else {
            if (mode === FOLD_QUOTED && escapedFolds[fold])
                res += `${text[fold]}\\`;
            res += `\n${indent}${text.slice(fold + 1, end)}`;
        }
    }
    return res;
}
/**
 * Presumes `i + 1` is at the start of a line
 * @returns index of last newline in more-indented block
 */
function consumeMoreIndentedLines(text, i, indent) {
    let end = i;
    let start = i + 1;
    let ch = text[start];
    while (ch === ' ' || ch === '\t') {
        if (i < start + indent) {
            ch = text[++i];
        }
        else {
            do {
                ch = text[++i];
            } while (ch && ch !== '\n');
            end = i;
            start = i + 1;
            ch = text[start];
        }
    }
    return end;
}

exports.FOLD_BLOCK = FOLD_BLOCK;
exports.FOLD_FLOW = FOLD_FLOW;
exports.FOLD_QUOTED = FOLD_QUOTED;
exports.foldFlowLines = foldFlowLines;


/***/ }),

/***/ 5474:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

"use strict";


var anchors = __nccwpck_require__(9030);
var identity = __nccwpck_require__(1737);
var stringifyComment = __nccwpck_require__(2005);
var stringifyString = __nccwpck_require__(4387);

function createStringifyContext(doc, options) {
    const opt = Object.assign({
        blockQuote: true,
        commentString: stringifyComment.stringifyComment,
        defaultKeyType: null,
        defaultStringType: 'PLAIN',
        directives: null,
        doubleQuotedAsJSON: false,
        doubleQuotedMinMultiLineLength: 40,
        falseStr: 'false',
        flowCollectionPadding: true,
        indentSeq: true,
        lineWidth: 80,
        minContentWidth: 20,
        nullStr: 'null',
        simpleKeys: false,
        singleQuote: null,
        trailingComma: false,
        trueStr: 'true',
        verifyAliasOrder: true
    }, doc.schema.toStringOptions, options);
    let inFlow;
    switch (opt.collectionStyle) {
        case 'block':
            inFlow = false;
            break;
        case 'flow':
            inFlow = true;
            break;
        default:
            inFlow = null;
    }
    return {
        anchors: new Set(),
        doc,
        flowCollectionPadding: opt.flowCollectionPadding ? ' ' : '',
        indent: '',
        indentStep: typeof opt.indent === 'number' ? ' '.repeat(opt.indent) : '  ',
        inFlow,
        options: opt
    };
}
function getTagObject(tags, item) {
    if (item.tag) {
        const match = tags.filter(t => t.tag === item.tag);
        if (match.length > 0)
            return match.find(t => t.format === item.format) ?? match[0];
    }
    let tagObj = undefined;
    let obj;
    if (identity.isScalar(item)) {
        obj = item.value;
        let match = tags.filter(t => t.identify?.(obj));
        if (match.length > 1) {
            const testMatch = match.filter(t => t.test);
            if (testMatch.length > 0)
                match = testMatch;
        }
        tagObj =
            match.find(t => t.format === item.format) ?? match.find(t => !t.format);
    }
    else {
        obj = item;
        tagObj = tags.find(t => t.nodeClass && obj instanceof t.nodeClass);
    }
    if (!tagObj) {
        const name = obj?.constructor?.name ?? (obj === null ? 'null' : typeof obj);
        throw new Error(`Tag not resolved for ${name} value`);
    }
    return tagObj;
}
// needs to be called before value stringifier to allow for circular anchor refs
function stringifyProps(node, tagObj, { anchors: anchors$1, doc }) {
    if (!doc.directives)
        return '';
    const props = [];
    const anchor = (identity.isScalar(node) || identity.isCollection(node)) && node.anchor;
    if (anchor && anchors.anchorIsValid(anchor)) {
        anchors$1.add(anchor);
        props.push(`&${anchor}`);
    }
    const tag = node.tag ?? (tagObj.default ? null : tagObj.tag);
    if (tag)
        props.push(doc.directives.tagString(tag));
    return props.join(' ');
}
function stringify(item, ctx, onComment, onChompKeep) {
    if (identity.isPair(item))
        return item.toString(ctx, onComment, onChompKeep);
    if (identity.isAlias(item)) {
        if (ctx.doc.directives)
            return item.toString(ctx);
        if (ctx.resolvedAliases?.has(item)) {
            throw new TypeError(`Cannot stringify circular structure without alias nodes`);
        }
        else {
            if (ctx.resolvedAliases)
                ctx.resolvedAliases.add(item);
            else
                ctx.resolvedAliases = new Set([item]);
            item = item.resolve(ctx.doc);
        }
    }
    let tagObj = undefined;
    const node = identity.isNode(item)
        ? item
        : ctx.doc.createNode(item, { onTagObj: o => (tagObj = o) });
    tagObj ?? (tagObj = getTagObject(ctx.doc.schema.tags, node));
    const props = stringifyProps(node, tagObj, ctx);
    if (props.length > 0)
        ctx.indentAtStart = (ctx.indentAtStart ?? 0) + props.length + 1;
    const str = typeof tagObj.stringify === 'function'
        ? tagObj.stringify(node, ctx, onComment, onChompKeep)
        : identity.isScalar(node)
            ? stringifyString.stringifyString(node, ctx, onComment, onChompKeep)
            : node.toString(ctx, onComment, onChompKeep);
    if (!props)
        return str;
    return identity.isScalar(node) || str[0] === '{' || str[0] === '['
        ? `${props} ${str}`
        : `${props}\n${ctx.indent}${str}`;
}

exports.createStringifyContext = createStringifyContext;
exports.stringify = stringify;


/***/ }),

/***/ 486:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

"use strict";


var identity = __nccwpck_require__(1737);
var stringify = __nccwpck_require__(5474);
var stringifyComment = __nccwpck_require__(2005);

function stringifyCollection(collection, ctx, options) {
    const flow = ctx.inFlow ?? collection.flow;
    const stringify = flow ? stringifyFlowCollection : stringifyBlockCollection;
    return stringify(collection, ctx, options);
}
function stringifyBlockCollection({ comment, items }, ctx, { blockItemPrefix, flowChars, itemIndent, onChompKeep, onComment }) {
    const { indent, options: { commentString } } = ctx;
    const itemCtx = Object.assign({}, ctx, { indent: itemIndent, type: null });
    let chompKeep = false; // flag for the preceding node's status
    const lines = [];
    for (let i = 0; i < items.length; ++i) {
        const item = items[i];
        let comment = null;
        if (identity.isNode(item)) {
            if (!chompKeep && item.spaceBefore)
                lines.push('');
            addCommentBefore(ctx, lines, item.commentBefore, chompKeep);
            if (item.comment)
                comment = item.comment;
        }
        else if (identity.isPair(item)) {
            const ik = identity.isNode(item.key) ? item.key : null;
            if (ik) {
                if (!chompKeep && ik.spaceBefore)
                    lines.push('');
                addCommentBefore(ctx, lines, ik.commentBefore, chompKeep);
            }
        }
        chompKeep = false;
        let str = stringify.stringify(item, itemCtx, () => (comment = null), () => (chompKeep = true));
        if (comment)
            str += stringifyComment.lineComment(str, itemIndent, commentString(comment));
        if (chompKeep && comment)
            chompKeep = false;
        lines.push(blockItemPrefix + str);
    }
    let str;
    if (lines.length === 0) {
        str = flowChars.start + flowChars.end;
    }
    else {
        str = lines[0];
        for (let i = 1; i < lines.length; ++i) {
            const line = lines[i];
            str += line ? `\n${indent}${line}` : '\n';
        }
    }
    if (comment) {
        str += '\n' + stringifyComment.indentComment(commentString(comment), indent);
        if (onComment)
            onComment();
    }
    else if (chompKeep && onChompKeep)
        onChompKeep();
    return str;
}
function stringifyFlowCollection({ items }, ctx, { flowChars, itemIndent }) {
    const { indent, indentStep, flowCollectionPadding: fcPadding, options: { commentString } } = ctx;
    itemIndent += indentStep;
    const itemCtx = Object.assign({}, ctx, {
        indent: itemIndent,
        inFlow: true,
        type: null
    });
    let reqNewline = false;
    let linesAtValue = 0;
    const lines = [];
    for (let i = 0; i < items.length; ++i) {
        const item = items[i];
        let comment = null;
        if (identity.isNode(item)) {
            if (item.spaceBefore)
                lines.push('');
            addCommentBefore(ctx, lines, item.commentBefore, false);
            if (item.comment)
                comment = item.comment;
        }
        else if (identity.isPair(item)) {
            const ik = identity.isNode(item.key) ? item.key : null;
            if (ik) {
                if (ik.spaceBefore)
                    lines.push('');
                addCommentBefore(ctx, lines, ik.commentBefore, false);
                if (ik.comment)
                    reqNewline = true;
            }
            const iv = identity.isNode(item.value) ? item.value : null;
            if (iv) {
                if (iv.comment)
                    comment = iv.comment;
                if (iv.commentBefore)
                    reqNewline = true;
            }
            else if (item.value == null && ik?.comment) {
                comment = ik.comment;
            }
        }
        if (comment)
            reqNewline = true;
        let str = stringify.stringify(item, itemCtx, () => (comment = null));
        reqNewline || (reqNewline = lines.length > linesAtValue || str.includes('\n'));
        if (i < items.length - 1) {
            str += ',';
        }
        else if (ctx.options.trailingComma) {
            if (ctx.options.lineWidth > 0) {
                reqNewline || (reqNewline = lines.reduce((sum, line) => sum + line.length + 2, 2) +
                    (str.length + 2) >
                    ctx.options.lineWidth);
            }
            if (reqNewline) {
                str += ',';
            }
        }
        if (comment)
            str += stringifyComment.lineComment(str, itemIndent, commentString(comment));
        lines.push(str);
        linesAtValue = lines.length;
    }
    const { start, end } = flowChars;
    if (lines.length === 0) {
        return start + end;
    }
    else {
        if (!reqNewline) {
            const len = lines.reduce((sum, line) => sum + line.length + 2, 2);
            reqNewline = ctx.options.lineWidth > 0 && len > ctx.options.lineWidth;
        }
        if (reqNewline) {
            let str = start;
            for (const line of lines)
                str += line ? `\n${indentStep}${indent}${line}` : '\n';
            return `${str}\n${indent}${end}`;
        }
        else {
            return `${start}${fcPadding}${lines.join(' ')}${fcPadding}${end}`;
        }
    }
}
function addCommentBefore({ indent, options: { commentString } }, lines, comment, chompKeep) {
    if (comment && chompKeep)
        comment = comment.replace(/^\n+/, '');
    if (comment) {
        const ic = stringifyComment.indentComment(commentString(comment), indent);
        lines.push(ic.trimStart()); // Avoid double indent on first line
    }
}

exports.stringifyCollection = stringifyCollection;


/***/ }),

/***/ 2005:
/***/ ((__unused_webpack_module, exports) => {

"use strict";


/**
 * Stringifies a comment.
 *
 * Empty comment lines are left empty,
 * lines consisting of a single space are replaced by `#`,
 * and all other lines are prefixed with a `#`.
 */
const stringifyComment = (str) => str.replace(/^(?!$)(?: $)?/gm, '#');
function indentComment(comment, indent) {
    if (/^\n+$/.test(comment))
        return comment.substring(1);
    return indent ? comment.replace(/^(?! *$)/gm, indent) : comment;
}
const lineComment = (str, indent, comment) => str.endsWith('\n')
    ? indentComment(comment, indent)
    : comment.includes('\n')
        ? '\n' + indentComment(comment, indent)
        : (str.endsWith(' ') ? '' : ' ') + comment;

exports.indentComment = indentComment;
exports.lineComment = lineComment;
exports.stringifyComment = stringifyComment;


/***/ }),

/***/ 9255:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

"use strict";


var identity = __nccwpck_require__(1737);
var stringify = __nccwpck_require__(5474);
var stringifyComment = __nccwpck_require__(2005);

function stringifyDocument(doc, options) {
    const lines = [];
    let hasDirectives = options.directives === true;
    if (options.directives !== false && doc.directives) {
        const dir = doc.directives.toString(doc);
        if (dir) {
            lines.push(dir);
            hasDirectives = true;
        }
        else if (doc.directives.docStart)
            hasDirectives = true;
    }
    if (hasDirectives)
        lines.push('---');
    const ctx = stringify.createStringifyContext(doc, options);
    const { commentString } = ctx.options;
    if (doc.commentBefore) {
        if (lines.length !== 1)
            lines.unshift('');
        const cs = commentString(doc.commentBefore);
        lines.unshift(stringifyComment.indentComment(cs, ''));
    }
    let chompKeep = false;
    let contentComment = null;
    if (doc.contents) {
        if (identity.isNode(doc.contents)) {
            if (doc.contents.spaceBefore && hasDirectives)
                lines.push('');
            if (doc.contents.commentBefore) {
                const cs = commentString(doc.contents.commentBefore);
                lines.push(stringifyComment.indentComment(cs, ''));
            }
            // top-level block scalars need to be indented if followed by a comment
            ctx.forceBlockIndent = !!doc.comment;
            contentComment = doc.contents.comment;
        }
        const onChompKeep = contentComment ? undefined : () => (chompKeep = true);
        let body = stringify.stringify(doc.contents, ctx, () => (contentComment = null), onChompKeep);
        if (contentComment)
            body += stringifyComment.lineComment(body, '', commentString(contentComment));
        if ((body[0] === '|' || body[0] === '>') &&
            lines[lines.length - 1] === '---') {
            // Top-level block scalars with a preceding doc marker ought to use the
            // same line for their header.
            lines[lines.length - 1] = `--- ${body}`;
        }
        else
            lines.push(body);
    }
    else {
        lines.push(stringify.stringify(doc.contents, ctx));
    }
    if (doc.directives?.docEnd) {
        if (doc.comment) {
            const cs = commentString(doc.comment);
            if (cs.includes('\n')) {
                lines.push('...');
                lines.push(stringifyComment.indentComment(cs, ''));
            }
            else {
                lines.push(`... ${cs}`);
            }
        }
        else {
            lines.push('...');
        }
    }
    else {
        let dc = doc.comment;
        if (dc && chompKeep)
            dc = dc.replace(/^\n+/, '');
        if (dc) {
            if ((!chompKeep || contentComment) && lines[lines.length - 1] !== '')
                lines.push('');
            lines.push(stringifyComment.indentComment(commentString(dc), ''));
        }
    }
    return lines.join('\n') + '\n';
}

exports.stringifyDocument = stringifyDocument;


/***/ }),

/***/ 2827:
/***/ ((__unused_webpack_module, exports) => {

"use strict";


function stringifyNumber({ format, minFractionDigits, tag, value }) {
    if (typeof value === 'bigint')
        return String(value);
    const num = typeof value === 'number' ? value : Number(value);
    if (!isFinite(num))
        return isNaN(num) ? '.nan' : num < 0 ? '-.inf' : '.inf';
    let n = Object.is(value, -0) ? '-0' : JSON.stringify(value);
    if (!format &&
        minFractionDigits &&
        (!tag || tag === 'tag:yaml.org,2002:float') &&
        /^-?\d/.test(n) &&
        !n.includes('e')) {
        let i = n.indexOf('.');
        if (i < 0) {
            i = n.length;
            n += '.';
        }
        let d = minFractionDigits - (n.length - i - 1);
        while (d-- > 0)
            n += '0';
    }
    return n;
}

exports.stringifyNumber = stringifyNumber;


/***/ }),

/***/ 8070:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

"use strict";


var identity = __nccwpck_require__(1737);
var Scalar = __nccwpck_require__(1543);
var stringify = __nccwpck_require__(5474);
var stringifyComment = __nccwpck_require__(2005);

function stringifyPair({ key, value }, ctx, onComment, onChompKeep) {
    const { allNullValues, doc, indent, indentStep, options: { commentString, indentSeq, simpleKeys } } = ctx;
    let keyComment = (identity.isNode(key) && key.comment) || null;
    if (simpleKeys) {
        if (keyComment) {
            throw new Error('With simple keys, key nodes cannot have comments');
        }
        if (identity.isCollection(key) || (!identity.isNode(key) && typeof key === 'object')) {
            const msg = 'With simple keys, collection cannot be used as a key value';
            throw new Error(msg);
        }
    }
    let explicitKey = !simpleKeys &&
        (!key ||
            (keyComment && value == null && !ctx.inFlow) ||
            identity.isCollection(key) ||
            (identity.isScalar(key)
                ? key.type === Scalar.Scalar.BLOCK_FOLDED || key.type === Scalar.Scalar.BLOCK_LITERAL
                : typeof key === 'object'));
    ctx = Object.assign({}, ctx, {
        allNullValues: false,
        implicitKey: !explicitKey && (simpleKeys || !allNullValues),
        indent: indent + indentStep
    });
    let keyCommentDone = false;
    let chompKeep = false;
    let str = stringify.stringify(key, ctx, () => (keyCommentDone = true), () => (chompKeep = true));
    if (!explicitKey && !ctx.inFlow && str.length > 1024) {
        if (simpleKeys)
            throw new Error('With simple keys, single line scalar must not span more than 1024 characters');
        explicitKey = true;
    }
    if (ctx.inFlow) {
        if (allNullValues || value == null) {
            if (keyCommentDone && onComment)
                onComment();
            return str === '' ? '?' : explicitKey ? `? ${str}` : str;
        }
    }
    else if ((allNullValues && !simpleKeys) || (value == null && explicitKey)) {
        str = `? ${str}`;
        if (keyComment && !keyCommentDone) {
            str += stringifyComment.lineComment(str, ctx.indent, commentString(keyComment));
        }
        else if (chompKeep && onChompKeep)
            onChompKeep();
        return str;
    }
    if (keyCommentDone)
        keyComment = null;
    if (explicitKey) {
        if (keyComment)
            str += stringifyComment.lineComment(str, ctx.indent, commentString(keyComment));
        str = `? ${str}\n${indent}:`;
    }
    else {
        str = `${str}:`;
        if (keyComment)
            str += stringifyComment.lineComment(str, ctx.indent, commentString(keyComment));
    }
    let vsb, vcb, valueComment;
    if (identity.isNode(value)) {
        vsb = !!value.spaceBefore;
        vcb = value.commentBefore;
        valueComment = value.comment;
    }
    else {
        vsb = false;
        vcb = null;
        valueComment = null;
        if (value && typeof value === 'object')
            value = doc.createNode(value);
    }
    ctx.implicitKey = false;
    if (!explicitKey && !keyComment && identity.isScalar(value))
        ctx.indentAtStart = str.length + 1;
    chompKeep = false;
    if (!indentSeq &&
        indentStep.length >= 2 &&
        !ctx.inFlow &&
        !explicitKey &&
        identity.isSeq(value) &&
        !value.flow &&
        !value.tag &&
        !value.anchor) {
        // If indentSeq === false, consider '- ' as part of indentation where possible
        ctx.indent = ctx.indent.substring(2);
    }
    let valueCommentDone = false;
    const valueStr = stringify.stringify(value, ctx, () => (valueCommentDone = true), () => (chompKeep = true));
    let ws = ' ';
    if (keyComment || vsb || vcb) {
        ws = vsb ? '\n' : '';
        if (vcb) {
            const cs = commentString(vcb);
            ws += `\n${stringifyComment.indentComment(cs, ctx.indent)}`;
        }
        if (valueStr === '' && !ctx.inFlow) {
            if (ws === '\n' && valueComment)
                ws = '\n\n';
        }
        else {
            ws += `\n${ctx.indent}`;
        }
    }
    else if (!explicitKey && identity.isCollection(value)) {
        const vs0 = valueStr[0];
        const nl0 = valueStr.indexOf('\n');
        const hasNewline = nl0 !== -1;
        const flow = ctx.inFlow ?? value.flow ?? value.items.length === 0;
        if (hasNewline || !flow) {
            let hasPropsLine = false;
            if (hasNewline && (vs0 === '&' || vs0 === '!')) {
                let sp0 = valueStr.indexOf(' ');
                if (vs0 === '&' &&
                    sp0 !== -1 &&
                    sp0 < nl0 &&
                    valueStr[sp0 + 1] === '!') {
                    sp0 = valueStr.indexOf(' ', sp0 + 1);
                }
                if (sp0 === -1 || nl0 < sp0)
                    hasPropsLine = true;
            }
            if (!hasPropsLine)
                ws = `\n${ctx.indent}`;
        }
    }
    else if (valueStr === '' || valueStr[0] === '\n') {
        ws = '';
    }
    str += ws + valueStr;
    if (ctx.inFlow) {
        if (valueCommentDone && onComment)
            onComment();
    }
    else if (valueComment && !valueCommentDone) {
        str += stringifyComment.lineComment(str, ctx.indent, commentString(valueComment));
    }
    else if (chompKeep && onChompKeep) {
        onChompKeep();
    }
    return str;
}

exports.stringifyPair = stringifyPair;


/***/ }),

/***/ 4387:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

"use strict";


var Scalar = __nccwpck_require__(1543);
var foldFlowLines = __nccwpck_require__(9777);

const getFoldOptions = (ctx, isBlock) => ({
    indentAtStart: isBlock ? ctx.indent.length : ctx.indentAtStart,
    lineWidth: ctx.options.lineWidth,
    minContentWidth: ctx.options.minContentWidth
});
// Also checks for lines starting with %, as parsing the output as YAML 1.1 will
// presume that's starting a new document.
const containsDocumentMarker = (str) => /^(%|---|\.\.\.)/m.test(str);
function lineLengthOverLimit(str, lineWidth, indentLength) {
    if (!lineWidth || lineWidth < 0)
        return false;
    const limit = lineWidth - indentLength;
    const strLen = str.length;
    if (strLen <= limit)
        return false;
    for (let i = 0, start = 0; i < strLen; ++i) {
        if (str[i] === '\n') {
            if (i - start > limit)
                return true;
            start = i + 1;
            if (strLen - start <= limit)
                return false;
        }
    }
    return true;
}
function doubleQuotedString(value, ctx) {
    const json = JSON.stringify(value);
    if (ctx.options.doubleQuotedAsJSON)
        return json;
    const { implicitKey } = ctx;
    const minMultiLineLength = ctx.options.doubleQuotedMinMultiLineLength;
    const indent = ctx.indent || (containsDocumentMarker(value) ? '  ' : '');
    let str = '';
    let start = 0;
    for (let i = 0, ch = json[i]; ch; ch = json[++i]) {
        if (ch === ' ' && json[i + 1] === '\\' && json[i + 2] === 'n') {
            // space before newline needs to be escaped to not be folded
            str += json.slice(start, i) + '\\ ';
            i += 1;
            start = i;
            ch = '\\';
        }
        if (ch === '\\')
            switch (json[i + 1]) {
                case 'u':
                    {
                        str += json.slice(start, i);
                        const code = json.substr(i + 2, 4);
                        switch (code) {
                            case '0000':
                                str += '\\0';
                                break;
                            case '0007':
                                str += '\\a';
                                break;
                            case '000b':
                                str += '\\v';
                                break;
                            case '001b':
                                str += '\\e';
                                break;
                            case '0085':
                                str += '\\N';
                                break;
                            case '00a0':
                                str += '\\_';
                                break;
                            case '2028':
                                str += '\\L';
                                break;
                            case '2029':
                                str += '\\P';
                                break;
                            default:
                                if (code.substr(0, 2) === '00')
                                    str += '\\x' + code.substr(2);
                                else
                                    str += json.substr(i, 6);
                        }
                        i += 5;
                        start = i + 1;
                    }
                    break;
                case 'n':
                    if (implicitKey ||
                        json[i + 2] === '"' ||
                        json.length < minMultiLineLength) {
                        i += 1;
                    }
                    else {
                        // folding will eat first newline
                        str += json.slice(start, i) + '\n\n';
                        while (json[i + 2] === '\\' &&
                            json[i + 3] === 'n' &&
                            json[i + 4] !== '"') {
                            str += '\n';
                            i += 2;
                        }
                        str += indent;
                        // space after newline needs to be escaped to not be folded
                        if (json[i + 2] === ' ')
                            str += '\\';
                        i += 1;
                        start = i + 1;
                    }
                    break;
                default:
                    i += 1;
            }
    }
    str = start ? str + json.slice(start) : json;
    return implicitKey
        ? str
        : foldFlowLines.foldFlowLines(str, indent, foldFlowLines.FOLD_QUOTED, getFoldOptions(ctx, false));
}
function singleQuotedString(value, ctx) {
    if (ctx.options.singleQuote === false ||
        (ctx.implicitKey && value.includes('\n')) ||
        /[ \t]\n|\n[ \t]/.test(value) // single quoted string can't have leading or trailing whitespace around newline
    )
        return doubleQuotedString(value, ctx);
    const indent = ctx.indent || (containsDocumentMarker(value) ? '  ' : '');
    const res = "'" + value.replace(/'/g, "''").replace(/\n+/g, `$&\n${indent}`) + "'";
    return ctx.implicitKey
        ? res
        : foldFlowLines.foldFlowLines(res, indent, foldFlowLines.FOLD_FLOW, getFoldOptions(ctx, false));
}
function quotedString(value, ctx) {
    const { singleQuote } = ctx.options;
    let qs;
    if (singleQuote === false)
        qs = doubleQuotedString;
    else {
        const hasDouble = value.includes('"');
        const hasSingle = value.includes("'");
        if (hasDouble && !hasSingle)
            qs = singleQuotedString;
        else if (hasSingle && !hasDouble)
            qs = doubleQuotedString;
        else
            qs = singleQuote ? singleQuotedString : doubleQuotedString;
    }
    return qs(value, ctx);
}
// The negative lookbehind avoids a polynomial search,
// but isn't supported yet on Safari: https://caniuse.com/js-regexp-lookbehind
let blockEndNewlines;
try {
    blockEndNewlines = new RegExp('(^|(?<!\n))\n+(?!\n|$)', 'g');
}
catch {
    blockEndNewlines = /\n+(?!\n|$)/g;
}
function blockString({ comment, type, value }, ctx, onComment, onChompKeep) {
    const { blockQuote, commentString, lineWidth } = ctx.options;
    // 1. Block can't end in whitespace unless the last line is non-empty.
    // 2. Strings consisting of only whitespace are best rendered explicitly.
    if (!blockQuote || /\n[\t ]+$/.test(value)) {
        return quotedString(value, ctx);
    }
    const indent = ctx.indent ||
        (ctx.forceBlockIndent || containsDocumentMarker(value) ? '  ' : '');
    const literal = blockQuote === 'literal'
        ? true
        : blockQuote === 'folded' || type === Scalar.Scalar.BLOCK_FOLDED
            ? false
            : type === Scalar.Scalar.BLOCK_LITERAL
                ? true
                : !lineLengthOverLimit(value, lineWidth, indent.length);
    if (!value)
        return literal ? '|\n' : '>\n';
    // determine chomping from whitespace at value end
    let chomp;
    let endStart;
    for (endStart = value.length; endStart > 0; --endStart) {
        const ch = value[endStart - 1];
        if (ch !== '\n' && ch !== '\t' && ch !== ' ')
            break;
    }
    let end = value.substring(endStart);
    const endNlPos = end.indexOf('\n');
    if (endNlPos === -1) {
        chomp = '-'; // strip
    }
    else if (value === end || endNlPos !== end.length - 1) {
        chomp = '+'; // keep
        if (onChompKeep)
            onChompKeep();
    }
    else {
        chomp = ''; // clip
    }
    if (end) {
        value = value.slice(0, -end.length);
        if (end[end.length - 1] === '\n')
            end = end.slice(0, -1);
        end = end.replace(blockEndNewlines, `$&${indent}`);
    }
    // determine indent indicator from whitespace at value start
    let startWithSpace = false;
    let startEnd;
    let startNlPos = -1;
    for (startEnd = 0; startEnd < value.length; ++startEnd) {
        const ch = value[startEnd];
        if (ch === ' ')
            startWithSpace = true;
        else if (ch === '\n')
            startNlPos = startEnd;
        else
            break;
    }
    let start = value.substring(0, startNlPos < startEnd ? startNlPos + 1 : startEnd);
    if (start) {
        value = value.substring(start.length);
        start = start.replace(/\n+/g, `$&${indent}`);
    }
    const indentSize = indent ? '2' : '1'; // root is at -1
    // Leading | or > is added later
    let header = (startWithSpace ? indentSize : '') + chomp;
    if (comment) {
        header += ' ' + commentString(comment.replace(/ ?[\r\n]+/g, ' '));
        if (onComment)
            onComment();
    }
    if (!literal) {
        const foldedValue = value
            .replace(/\n+/g, '\n$&')
            .replace(/(?:^|\n)([\t ].*)(?:([\n\t ]*)\n(?![\n\t ]))?/g, '$1$2') // more-indented lines aren't folded
            //                ^ more-ind. ^ empty     ^ capture next empty lines only at end of indent
            .replace(/\n+/g, `$&${indent}`);
        let literalFallback = false;
        const foldOptions = getFoldOptions(ctx, true);
        if (blockQuote !== 'folded' && type !== Scalar.Scalar.BLOCK_FOLDED) {
            foldOptions.onOverflow = () => {
                literalFallback = true;
            };
        }
        const body = foldFlowLines.foldFlowLines(`${start}${foldedValue}${end}`, indent, foldFlowLines.FOLD_BLOCK, foldOptions);
        if (!literalFallback)
            return `>${header}\n${indent}${body}`;
    }
    value = value.replace(/\n+/g, `$&${indent}`);
    return `|${header}\n${indent}${start}${value}${end}`;
}
function plainString(item, ctx, onComment, onChompKeep) {
    const { type, value } = item;
    const { actualString, implicitKey, indent, indentStep, inFlow } = ctx;
    if ((implicitKey && value.includes('\n')) ||
        (inFlow && /[[\]{},]/.test(value))) {
        return quotedString(value, ctx);
    }
    if (/^[\n\t ,[\]{}#&*!|>'"%@`]|^[?-]$|^[?-][ \t]|[\n:][ \t]|[ \t]\n|[\n\t ]#|[\n\t :]$/.test(value)) {
        // not allowed:
        // - '-' or '?'
        // - start with an indicator character (except [?:-]) or /[?-] /
        // - '\n ', ': ' or ' \n' anywhere
        // - '#' not preceded by a non-space char
        // - end with ' ' or ':'
        return implicitKey || inFlow || !value.includes('\n')
            ? quotedString(value, ctx)
            : blockString(item, ctx, onComment, onChompKeep);
    }
    if (!implicitKey &&
        !inFlow &&
        type !== Scalar.Scalar.PLAIN &&
        value.includes('\n')) {
        // Where allowed & type not set explicitly, prefer block style for multiline strings
        return blockString(item, ctx, onComment, onChompKeep);
    }
    if (containsDocumentMarker(value)) {
        if (indent === '') {
            ctx.forceBlockIndent = true;
            return blockString(item, ctx, onComment, onChompKeep);
        }
        else if (implicitKey && indent === indentStep) {
            return quotedString(value, ctx);
        }
    }
    const str = value.replace(/\n+/g, `$&\n${indent}`);
    // Verify that output will be parsed as a string, as e.g. plain numbers and
    // booleans get parsed with those types in v1.2 (e.g. '42', 'true' & '0.9e-3'),
    // and others in v1.1.
    if (actualString) {
        const test = (tag) => tag.default && tag.tag !== 'tag:yaml.org,2002:str' && tag.test?.test(str);
        const { compat, tags } = ctx.doc.schema;
        if (tags.some(test) || compat?.some(test))
            return quotedString(value, ctx);
    }
    return implicitKey
        ? str
        : foldFlowLines.foldFlowLines(str, indent, foldFlowLines.FOLD_FLOW, getFoldOptions(ctx, false));
}
function stringifyString(item, ctx, onComment, onChompKeep) {
    const { implicitKey, inFlow } = ctx;
    const ss = typeof item.value === 'string'
        ? item
        : Object.assign({}, item, { value: String(item.value) });
    let { type } = item;
    if (type !== Scalar.Scalar.QUOTE_DOUBLE) {
        // force double quotes on control characters & unpaired surrogates
        if (/[\x00-\x08\x0b-\x1f\x7f-\x9f\u{D800}-\u{DFFF}]/u.test(ss.value))
            type = Scalar.Scalar.QUOTE_DOUBLE;
    }
    const _stringify = (_type) => {
        switch (_type) {
            case Scalar.Scalar.BLOCK_FOLDED:
            case Scalar.Scalar.BLOCK_LITERAL:
                return implicitKey || inFlow
                    ? quotedString(ss.value, ctx) // blocks are not valid inside flow containers
                    : blockString(ss, ctx, onComment, onChompKeep);
            case Scalar.Scalar.QUOTE_DOUBLE:
                return doubleQuotedString(ss.value, ctx);
            case Scalar.Scalar.QUOTE_SINGLE:
                return singleQuotedString(ss.value, ctx);
            case Scalar.Scalar.PLAIN:
                return plainString(ss, ctx, onComment, onChompKeep);
            default:
                return null;
        }
    };
    let res = _stringify(type);
    if (res === null) {
        const { defaultKeyType, defaultStringType } = ctx.options;
        const t = (implicitKey && defaultKeyType) || defaultStringType;
        res = _stringify(t);
        if (res === null)
            throw new Error(`Unsupported default string type ${t}`);
    }
    return res;
}

exports.stringifyString = stringifyString;


/***/ }),

/***/ 4190:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

"use strict";


var identity = __nccwpck_require__(1737);

const BREAK = Symbol('break visit');
const SKIP = Symbol('skip children');
const REMOVE = Symbol('remove node');
/**
 * Apply a visitor to an AST node or document.
 *
 * Walks through the tree (depth-first) starting from `node`, calling a
 * `visitor` function with three arguments:
 *   - `key`: For sequence values and map `Pair`, the node's index in the
 *     collection. Within a `Pair`, `'key'` or `'value'`, correspondingly.
 *     `null` for the root node.
 *   - `node`: The current node.
 *   - `path`: The ancestry of the current node.
 *
 * The return value of the visitor may be used to control the traversal:
 *   - `undefined` (default): Do nothing and continue
 *   - `visit.SKIP`: Do not visit the children of this node, continue with next
 *     sibling
 *   - `visit.BREAK`: Terminate traversal completely
 *   - `visit.REMOVE`: Remove the current node, then continue with the next one
 *   - `Node`: Replace the current node, then continue by visiting it
 *   - `number`: While iterating the items of a sequence or map, set the index
 *     of the next step. This is useful especially if the index of the current
 *     node has changed.
 *
 * If `visitor` is a single function, it will be called with all values
 * encountered in the tree, including e.g. `null` values. Alternatively,
 * separate visitor functions may be defined for each `Map`, `Pair`, `Seq`,
 * `Alias` and `Scalar` node. To define the same visitor function for more than
 * one node type, use the `Collection` (map and seq), `Value` (map, seq & scalar)
 * and `Node` (alias, map, seq & scalar) targets. Of all these, only the most
 * specific defined one will be used for each node.
 */
function visit(node, visitor) {
    const visitor_ = initVisitor(visitor);
    if (identity.isDocument(node)) {
        const cd = visit_(null, node.contents, visitor_, Object.freeze([node]));
        if (cd === REMOVE)
            node.contents = null;
    }
    else
        visit_(null, node, visitor_, Object.freeze([]));
}
// Without the `as symbol` casts, TS declares these in the `visit`
// namespace using `var`, but then complains about that because
// `unique symbol` must be `const`.
/** Terminate visit traversal completely */
visit.BREAK = BREAK;
/** Do not visit the children of the current node */
visit.SKIP = SKIP;
/** Remove the current node */
visit.REMOVE = REMOVE;
function visit_(key, node, visitor, path) {
    const ctrl = callVisitor(key, node, visitor, path);
    if (identity.isNode(ctrl) || identity.isPair(ctrl)) {
        replaceNode(key, path, ctrl);
        return visit_(key, ctrl, visitor, path);
    }
    if (typeof ctrl !== 'symbol') {
        if (identity.isCollection(node)) {
            path = Object.freeze(path.concat(node));
            for (let i = 0; i < node.items.length; ++i) {
                const ci = visit_(i, node.items[i], visitor, path);
                if (typeof ci === 'number')
                    i = ci - 1;
                else if (ci === BREAK)
                    return BREAK;
                else if (ci === REMOVE) {
                    node.items.splice(i, 1);
                    i -= 1;
                }
            }
        }
        else if (identity.isPair(node)) {
            path = Object.freeze(path.concat(node));
            const ck = visit_('key', node.key, visitor, path);
            if (ck === BREAK)
                return BREAK;
            else if (ck === REMOVE)
                node.key = null;
            const cv = visit_('value', node.value, visitor, path);
            if (cv === BREAK)
                return BREAK;
            else if (cv === REMOVE)
                node.value = null;
        }
    }
    return ctrl;
}
/**
 * Apply an async visitor to an AST node or document.
 *
 * Walks through the tree (depth-first) starting from `node`, calling a
 * `visitor` function with three arguments:
 *   - `key`: For sequence values and map `Pair`, the node's index in the
 *     collection. Within a `Pair`, `'key'` or `'value'`, correspondingly.
 *     `null` for the root node.
 *   - `node`: The current node.
 *   - `path`: The ancestry of the current node.
 *
 * The return value of the visitor may be used to control the traversal:
 *   - `Promise`: Must resolve to one of the following values
 *   - `undefined` (default): Do nothing and continue
 *   - `visit.SKIP`: Do not visit the children of this node, continue with next
 *     sibling
 *   - `visit.BREAK`: Terminate traversal completely
 *   - `visit.REMOVE`: Remove the current node, then continue with the next one
 *   - `Node`: Replace the current node, then continue by visiting it
 *   - `number`: While iterating the items of a sequence or map, set the index
 *     of the next step. This is useful especially if the index of the current
 *     node has changed.
 *
 * If `visitor` is a single function, it will be called with all values
 * encountered in the tree, including e.g. `null` values. Alternatively,
 * separate visitor functions may be defined for each `Map`, `Pair`, `Seq`,
 * `Alias` and `Scalar` node. To define the same visitor function for more than
 * one node type, use the `Collection` (map and seq), `Value` (map, seq & scalar)
 * and `Node` (alias, map, seq & scalar) targets. Of all these, only the most
 * specific defined one will be used for each node.
 */
async function visitAsync(node, visitor) {
    const visitor_ = initVisitor(visitor);
    if (identity.isDocument(node)) {
        const cd = await visitAsync_(null, node.contents, visitor_, Object.freeze([node]));
        if (cd === REMOVE)
            node.contents = null;
    }
    else
        await visitAsync_(null, node, visitor_, Object.freeze([]));
}
// Without the `as symbol` casts, TS declares these in the `visit`
// namespace using `var`, but then complains about that because
// `unique symbol` must be `const`.
/** Terminate visit traversal completely */
visitAsync.BREAK = BREAK;
/** Do not visit the children of the current node */
visitAsync.SKIP = SKIP;
/** Remove the current node */
visitAsync.REMOVE = REMOVE;
async function visitAsync_(key, node, visitor, path) {
    const ctrl = await callVisitor(key, node, visitor, path);
    if (identity.isNode(ctrl) || identity.isPair(ctrl)) {
        replaceNode(key, path, ctrl);
        return visitAsync_(key, ctrl, visitor, path);
    }
    if (typeof ctrl !== 'symbol') {
        if (identity.isCollection(node)) {
            path = Object.freeze(path.concat(node));
            for (let i = 0; i < node.items.length; ++i) {
                const ci = await visitAsync_(i, node.items[i], visitor, path);
                if (typeof ci === 'number')
                    i = ci - 1;
                else if (ci === BREAK)
                    return BREAK;
                else if (ci === REMOVE) {
                    node.items.splice(i, 1);
                    i -= 1;
                }
            }
        }
        else if (identity.isPair(node)) {
            path = Object.freeze(path.concat(node));
            const ck = await visitAsync_('key', node.key, visitor, path);
            if (ck === BREAK)
                return BREAK;
            else if (ck === REMOVE)
                node.key = null;
            const cv = await visitAsync_('value', node.value, visitor, path);
            if (cv === BREAK)
                return BREAK;
            else if (cv === REMOVE)
                node.value = null;
        }
    }
    return ctrl;
}
function initVisitor(visitor) {
    if (typeof visitor === 'object' &&
        (visitor.Collection || visitor.Node || visitor.Value)) {
        return Object.assign({
            Alias: visitor.Node,
            Map: visitor.Node,
            Scalar: visitor.Node,
            Seq: visitor.Node
        }, visitor.Value && {
            Map: visitor.Value,
            Scalar: visitor.Value,
            Seq: visitor.Value
        }, visitor.Collection && {
            Map: visitor.Collection,
            Seq: visitor.Collection
        }, visitor);
    }
    return visitor;
}
function callVisitor(key, node, visitor, path) {
    if (typeof visitor === 'function')
        return visitor(key, node, path);
    if (identity.isMap(node))
        return visitor.Map?.(key, node, path);
    if (identity.isSeq(node))
        return visitor.Seq?.(key, node, path);
    if (identity.isPair(node))
        return visitor.Pair?.(key, node, path);
    if (identity.isScalar(node))
        return visitor.Scalar?.(key, node, path);
    if (identity.isAlias(node))
        return visitor.Alias?.(key, node, path);
    return undefined;
}
function replaceNode(key, path, node) {
    const parent = path[path.length - 1];
    if (identity.isCollection(parent)) {
        parent.items[key] = node;
    }
    else if (identity.isPair(parent)) {
        if (key === 'key')
            parent.key = node;
        else
            parent.value = node;
    }
    else if (identity.isDocument(parent)) {
        parent.contents = node;
    }
    else {
        const pt = identity.isAlias(parent) ? 'alias' : 'scalar';
        throw new Error(`Cannot replace node with ${pt} parent`);
    }
}

exports.visit = visit;
exports.visitAsync = visitAsync;


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
/************************************************************************/
/******/ 	/* webpack/runtime/asset-relocator-loader */
/******/ 	if (typeof __nccwpck_require__ !== 'undefined') __nccwpck_require__.ab = __dirname + "/";
/******/ 	
/************************************************************************/
var __webpack_exports__ = {};
// This entry need to be wrapped in an IIFE because it need to be in strict mode.
(() => {
"use strict";

;// CONCATENATED MODULE: ../build/core/base/text.js
function text_escapeControls(text) {
    return text.replaceAll(INVISIBLE, character => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Default_Ignorable_Code_Point}]/gu;
const MAX_QUOTE_LENGTH = 200;
function text_quote(text) {
    return text.length > MAX_QUOTE_LENGTH
        ? `(a value of ${text.length} characters)`
        : `"${text_escapeControls(text)}"`;
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
        .map(line => hideCommand(text_escapeControls(line)))
        .join('\n');
}
function hideCommand(line) {
    const trimmed = line.trimStart();
    const indent = line.slice(0, line.length - trimmed.length);
    const text = trimmed.startsWith('::') ? `\\u{3a}${trimmed.slice(1)}` : trimmed;
    return `${indent}${text.replaceAll('##[', '# #[')}`;
}
function escapeMarkdown(text) {
    return text_escapeControls(truncateLines(text)).replaceAll(/[^A-Za-z0-9 .,:/=-]|(?<=:)\/|(?<=www)\./gu, encodeForHtml);
}
function encodeForHtml(character) {
    return `&#${character.codePointAt(0)};`;
}
const LONGEST_LABEL = 120;
function escapeMermaid(text) {
    return text_escapeControls(text.slice(0, LONGEST_LABEL)).replaceAll(/[^A-Za-z0-9 .,/=-]/gu, character => `#${character.codePointAt(0)};`);
}

;// CONCATENATED MODULE: ../build/core/network/remote-failure.js

class remote_failure_RemoteFailure extends Error {
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
        super(text_escapeControls(failure.message), options);
        this.operation = operation;
        this.kind = failure.kind;
        this.code = text_escapeControls(failure.code);
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

;// CONCATENATED MODULE: ../build/core/token/claim-values.js
function claim_values_claimValues(claims, name) {
    const claim = Object.hasOwn(claims, name) ? claims[name] : undefined;
    const list = Array.isArray(claim) ? claim : [claim];
    return list.filter(value => ['string', 'number', 'boolean'].includes(typeof value)).map(String);
}

;// CONCATENATED MODULE: ../build/core/token/issuer.js
function issuer_withoutScheme(issuer) {
    return issuer.replace(/^https:\/\//, '');
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
    const host = issuer_withoutScheme(issuer);
    return FAMILIES.find(({ pattern }) => pattern.test(host)) ?? OTHER;
}
function issuers_isGithubIssuer(issuer) {
    return familyOf(issuer) === FAMILIES[0];
}
function isShared(issuer) {
    const shared = /^(?:gitlab\.com|agent\.buildkite\.com|app\.terraform\.io)$/;
    return issuers_isGithubIssuer(issuer) || shared.test(issuer_withoutScheme(issuer));
}
function keyPrefix(issuer) {
    return `${issuer_withoutScheme(issuer)}:`;
}
function keysOf(issuer) {
    return Object.keys(familyOf(issuer).keys);
}
function keyValues(issuer, name, claims) {
    const { keys } = familyOf(issuer);
    const sources = Object.hasOwn(keys, name) ? (keys[name] ?? []) : [];
    const claim = sources.find(source => Object.hasOwn(claims, source) && (claims[source] ?? undefined) !== undefined);
    return claim === undefined ? undefined : claim_values_claimValues(claims, claim);
}
function federatedPrincipal({ partition, accountId }, issuer) {
    const host = issuer_withoutScheme(issuer);
    return familyOf(issuer).isBuiltIn ? host : `arn:${partition}:iam::${accountId}:oidc-provider/${host}`;
}

;// CONCATENATED MODULE: ../build/core/identity/arn.js
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
function arn_isRoleName(text) {
    return ROLE_NAME.test(text);
}
function arn_parseRoleArn(text) {
    const parts = ROLE_ARN.exec(text)?.groups;
    return parts && { kind: 'role', ...parts };
}
function arn_parseUserArn(text) {
    return userArn(USER_ARN.exec(text));
}
function userArn(match) {
    const parts = match?.groups;
    return parts && { kind: 'user', ...parts };
}
function arn_parseAssumedRoleArn(text) {
    const parts = ASSUMED_ROLE_ARN.exec(text)?.groups;
    return parts && { kind: 'assumed-role', ...parts };
}
function arn_parseCallerArn(text) {
    return arn_parseAssumedRoleArn(text) ?? userArn(USER_ARN_OF_AWS.exec(text));
}
function arn_formatArn(arn) {
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
function denying_policy_denyingPolicyIn(message) {
    const [, how, kind, arn] = FORM.exec(message) ?? [];
    if (kind === undefined)
        return undefined;
    return {
        kind: kind,
        isExplicit: how !== 'because no',
        arn: arn?.replace(/[.,;)]+$/, ''),
    };
}
function denying_policy_isTrustPolicy({ kind }) {
    return kind === 'role trust policy' || kind === 'resource-based policy';
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

;// CONCATENATED MODULE: ../build/core/outcome/refusals.js






function refusalAdvice(failure, asked) {
    if (!failure.code)
        return {
            hint: 'The request was refused before it reached AWS STS: by a proxy, a firewall or a wrong sts-endpoint.',
            likelyCause: 'refused by something before AWS',
        };
    if (isAboutTime(failure))
        return { hint: clockHint(failure), likelyCause: 'clock of the runner' };
    const policy = denyingPolicyIn(failure.message);
    if (policy)
        return { hint: escapeControls(policyHint(policy, failure, asked)), likelyCause: 'policy named by AWS' };
    const own = failure.operation === 'AssumeRoleWithWebIdentity' ? TOKEN_REFUSALS : CREDENTIAL_REFUSALS;
    const refusal = [...REFUSALS, ...own].find(rule => isAbout(failure, rule));
    if (!refusal)
        return { hint: "This error is permanent, so the call wasn't retried. Fix what AWS's message names." };
    const [, likelyCause, hint] = refusal;
    return { hint: escapeControls(hint(asked, failure)), likelyCause };
}
function refusals_tellsReason(failure) {
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
        ({ request }) => `AWS rejected ${request ? `the ARN ${arn_formatArn(request.role)}` : "the role's ARN"}. Copy the ARN from IAM.`,
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
    return isOff(aheadMs)
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
    if (cause instanceof RemoteFailure && cause.operation === 'AssumeRole' && inputs?.isOidcUnavailable)
        return withOfferMissing(failure);
    const role = target?.roles[0];
    if (!(cause instanceof RemoteFailure) || !inputs || !claims || role?.kind !== 'role')
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
        ...causes.map(([name, text]) => `- ${name}: ${escapeControls(text)}`),
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
    const file = escapeControls(path);
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
    return (isDenying ? denying : checks.filter(({ outcome: each }) => each !== 'holds')).map(check => `- ${text_escapeControls(`${name} (${effect}): ${formatCheck(check)}`)}`);
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
const USUAL_AUDIENCES = (/* unused pure expression or super */ null && (['sts.amazonaws.com', 'sts.amazonaws.com.cn']));
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

;// CONCATENATED MODULE: ../build/core/token/github-claims.js
const UNDESCRIBED = ['actor', 'actor_id', 'enterprise_id', 'workflow'];
function githubClaimsOf(run, further) {
    const { owner, repository, ids, ref, environment, event, jobWorkflowRef, audience, issuer } = run;
    const isRefUnknown = event === 'pull_request' && !ref.startsWith('refs/pull/');
    const claims = {
        iss: issuer,
        aud: audience,
        repository: `${owner}/${repository}`,
        repository_owner: owner,
        ...(ids ? { repository_id: ids.repository, repository_owner_id: ids.owner } : {}),
        ...(isRefUnknown ? {} : { ref }),
        ...(environment === undefined ? {} : { environment }),
        ...(jobWorkflowRef === undefined ? {} : { job_workflow_ref: jobWorkflowRef }),
        event_name: event,
        ...further,
    };
    const subject = subjectOf(run, claims);
    const unknown = [
        ...UNDESCRIBED,
        ...(ids ? [] : ['repository_id', 'repository_owner_id']),
        ...(isRefUnknown ? ['ref'] : []),
        ...(jobWorkflowRef === undefined ? ['job_workflow_ref'] : []),
        ...(subject === undefined ? ['sub'] : []),
    ].filter(name => further[name] === undefined);
    return { claims: subject === undefined ? claims : { sub: subject, ...claims }, unknown };
}
function subjectOf(run, claims) {
    const parts = (run.settings.claimKeys ?? ['repo', 'context']).map(key => {
        if (key === 'repo')
            return prefixOf(run);
        if (key === 'context')
            return contextOf(run);
        const value = claims[key];
        return value === undefined ? undefined : `${key}:${encoded(String(value))}`;
    });
    return parts.includes(undefined) ? undefined : parts.join(':');
}
function prefixOf({ owner, repository, ids, settings }) {
    if (settings.prefix !== undefined)
        return settings.prefix;
    return ids ? `repo:${owner}@${ids.owner}/${repository}@${ids.repository}` : `repo:${owner}/${repository}`;
}
function contextOf({ ref, environment, event }) {
    if (environment !== undefined)
        return `environment:${encoded(environment)}`;
    return event === 'pull_request' ? 'pull_request' : `ref:${encoded(ref)}`;
}
function encoded(text) {
    return text.replaceAll(':', '%3A');
}

;// CONCATENATED MODULE: ../build/core/token/subject-settings.js
class InvalidSettings extends Error {
}
function parseSubjectSettings(text) {
    const settings = objectIn(text);
    const { use_default: isDefault, use_immutable_subject: isImmutable, sub_claim_prefix: prefix } = settings;
    const { include_claim_keys: claimKeys } = settings;
    if (typeof isDefault !== 'boolean')
        throw new InvalidSettings('use_default is not true or false');
    if (prefix !== undefined && !(typeof prefix === 'string' && /^repo:[^/:]+\/[^/:]+$/.test(prefix)))
        throw new InvalidSettings('sub_claim_prefix is not of the form repo:OWNER/NAME');
    if (isImmutable === true && prefix === undefined)
        throw new InvalidSettings('use_immutable_subject is true, but sub_claim_prefix is missing');
    return {
        ...(prefix === undefined ? {} : { prefix }),
        ...(isDefault ? {} : { claimKeys: claimKeysIn(claimKeys) }),
    };
}
function objectIn(text) {
    try {
        const value = JSON.parse(text);
        if (typeof value === 'object' && value !== null && !Array.isArray(value))
            return { ...value };
    }
    catch {
    }
    throw new InvalidSettings('it is not a JSON object');
}
function claimKeysIn(value) {
    if (Array.isArray(value) && value.length > 0 && value.every(key => /^\w+$/.test(String(key))))
        return value.map(String);
    throw new InvalidSettings('include_claim_keys is not a list of names, though use_default is false');
}

// EXTERNAL MODULE: ../node_modules/jsonc-parser/lib/umd/main.js
var main = __nccwpck_require__(3105);
// EXTERNAL MODULE: ../node_modules/yaml/dist/index.js
var dist = __nccwpck_require__(6637);
;// CONCATENATED MODULE: ../build/core/trust-policy/documents.js


class UnreadableDocument extends Error {
}
class NoPolicy extends UnreadableDocument {
}
function policiesIn(text, path) {
    try {
        const { root, positionOf } = parse(text, path);
        const found = [...search(root, { name: '', isRoot: true }, positionOf)];
        if (found.length === 0 && !FORMS.some(key => entry(root, key)))
            throw new NoPolicy('it contains no trust policy');
        const seen = new Set();
        return found.filter(({ name, text: policy, problem }) => {
            const id = JSON.stringify([name, policy, problem]);
            const isNew = name === '' || !seen.has(id);
            seen.add(id);
            return isNew;
        });
    }
    catch (error) {
        if (error instanceof RangeError)
            throw new UnreadableDocument('it is nested too deeply');
        throw error;
    }
}
const FORMS = ['Roles', 'RoleDetailList', 'Resources', 'format_version', 'planned_values', 'resource_changes'];
function parse(text, path) {
    const errors = [];
    const tree = (0,main.parseTree)(text, errors, { disallowComments: true });
    if (tree && errors.length === 0)
        return { root: fromJson(tree), positionOf: positionsIn(text) };
    if (/^\s*%7B/i.test(text) && decoded(text) !== undefined)
        return { root: { kind: 'scalar', offset: 0, value: text }, positionOf: positionsIn(text) };
    if (/\.(?:ya?ml|template)$/i.test(path))
        return parseYaml(text);
    const [error] = errors;
    const { line, column } = positionsIn(text)(error?.offset ?? 0);
    throw new UnreadableDocument(`it is not JSON: line ${line}, column ${column}`);
}
function parseYaml(text) {
    const lines = new dist/* LineCounter */.HN();
    const document = (0,dist/* parseDocument */.Tp)(text, { lineCounter: lines, logLevel: 'silent', uniqueKeys: false });
    const [error] = document.errors;
    if (error || !document.contents)
        throw new UnreadableDocument(`it is neither JSON nor YAML${error ? `: ${error.message.split('\n')[0]}` : ''}`);
    const positionOf = (offset) => {
        const { line, col } = lines.linePos(offset);
        return { line, column: col };
    };
    return { root: fromYaml(document.contents), positionOf };
}
function positionsIn(text) {
    const starts = [0];
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1))
        starts.push(at + 1);
    return offset => {
        let [low, high] = [0, starts.length - 1];
        while (low < high) {
            const middle = Math.ceil((low + high) / 2);
            if ((starts[middle] ?? 0) <= offset)
                low = middle;
            else
                high = middle - 1;
        }
        return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
    };
}
function fromJson({ type, offset, children = [], value }) {
    if (type === 'array')
        return { kind: 'array', offset, items: children.map(fromJson) };
    if (type !== 'object')
        return { kind: 'scalar', offset, value };
    const entries = children.flatMap(({ offset, children: [key, child] = [] }) => key && child ? [{ key: String(key.value), offset, value: fromJson(child) }] : []);
    return { kind: 'object', offset, entries };
}
function fromYaml(node) {
    const value = plainValueOf(node);
    const [, name] = /^!([A-Z]\w+)$/.exec(node?.tag ?? '') ?? [];
    if (name === undefined || value.kind === 'scalar')
        return value;
    const { offset } = value;
    return { kind: 'object', offset, entries: [{ key: `Fn::${name}`, offset, value }] };
}
function plainValueOf(node) {
    const offset = node?.range?.[0] ?? 0;
    if ((0,dist/* isMap */.jh)(node))
        return {
            kind: 'object',
            offset,
            entries: node.items.map(({ key, value }) => ({
                key: (0,dist/* isScalar */.jn)(key) ? String(key.value) : '',
                offset: key?.range?.[0] ?? offset,
                value: fromYaml(value),
            })),
        };
    if ((0,dist/* isSeq */.oP)(node))
        return { kind: 'array', offset, items: node.items.map(item => fromYaml(item)) };
    return { kind: 'scalar', offset, value: (0,dist/* isScalar */.jn)(node) ? plainOf(node.value, node.tag) : null };
}
function plainOf(value, tag) {
    if (tag === '!Ref' || tag === '!GetAtt')
        return ['${', String(value), '}'].join('');
    return value instanceof Date ? value.toISOString().slice(0, 10) : value;
}
function* search(value, context, positionOf) {
    if (value.kind === 'array') {
        for (const item of value.items)
            yield* search(item, { ...context, isRoot: false }, positionOf);
        return;
    }
    if (value.kind === 'scalar') {
        if (context.isRoot && typeof value.value === 'string')
            yield policyOf(value, context.name, positionOf);
        return;
    }
    const { isNamed = false } = context;
    const name = (isNamed ? undefined : nameIn(value)) ?? context.name;
    if (documents_isTrustPolicy(value, context.isRoot)) {
        yield policyOf(value, name, positionOf);
        return;
    }
    for (const { key, value: child } of value.entries) {
        if (POLICY_KEYS.includes(key)) {
            if (!isNull(child))
                yield policyOf(child, name, positionOf);
        }
        else if (key === 'after_unknown' && isPending(child)) {
            yield {
                name,
                text: undefined,
                problem: 'not known until apply',
                isPending: true,
                at: () => positionOf(child.offset),
            };
        }
        else if (key === 'json' && isTrustPolicyText(child)) {
            yield policyOf(child, name, positionOf);
        }
        else if (!UNREAD_KEYS.includes(key)) {
            const isOne = isResource(child);
            const inner = { name: isOne ? key : name, isNamed: isNamed || isOne, isRoot: false };
            yield* search(child, inner, positionOf);
        }
    }
}
const POLICY_KEYS = ['AssumeRolePolicyDocument', 'assume_role_policy', 'assume_role_policy_document'];
const UNREAD_KEYS = ['configuration', 'before', 'prior_state', 'resource_drift'];
function entry(value, name) {
    return value.kind === 'object' ? value.entries.find(({ key }) => key === name)?.value : undefined;
}
function textAt(value, name) {
    const child = entry(value, name);
    return child?.kind === 'scalar' && typeof child.value === 'string' ? child.value : undefined;
}
function nameIn(value) {
    return textAt(value, 'address') ?? textAt(value, 'Arn') ?? textAt(value, 'RoleName');
}
function isResource(value) {
    return textAt(value, 'Type')?.startsWith('AWS::') ?? false;
}
function isNull(value) {
    return value.kind === 'scalar' && (value.value === null || value.value === undefined);
}
function isPending(afterUnknown) {
    const value = entry(afterUnknown, 'assume_role_policy');
    return value?.kind === 'scalar' && value.value === true;
}
function documents_isTrustPolicy(value, isRoot) {
    const statements = entry(value, 'Statement');
    if (!statements)
        return false;
    const list = statements.kind === 'array' ? statements.items : [statements];
    if (isRoot)
        return list.length === 0 || list.some(each => !entry(each, 'Resource') || entry(each, 'Principal'));
    return list.some(each => entry(each, 'Principal') && !entry(each, 'Resource') && isForSts(each));
}
function isForSts(statement) {
    const actions = entry(statement, 'Action');
    if (!actions)
        return true;
    const texts = actions.kind === 'array' ? actions.items : [actions];
    return texts.some(each => each.kind === 'scalar' && /^(?:sts:|\*$)/i.test(String(each.value)));
}
function isTrustPolicyText(value) {
    const text = value.kind === 'scalar' && typeof value.value === 'string' ? decoded(value.value) : undefined;
    const tree = text === undefined ? undefined : (0,main.parseTree)(text);
    return tree !== undefined && documents_isTrustPolicy(fromJson(tree), false);
}
function policyOf(value, name, positionOf) {
    if (value.kind === 'scalar') {
        const at = () => positionOf(value.offset);
        const text = typeof value.value === 'string' ? decoded(value.value) : undefined;
        return text === undefined ? { name, text, problem: 'it is not JSON', at } : { name, text, at };
    }
    const at = (path) => positionOf(offsetOf(value, path));
    if (hasOpenConditions(value))
        return { name, text: undefined, problem: 'not known until deployed', isPending: true, at };
    return { name, text: toJson(value), at };
}
function decoded(text) {
    for (const candidate of [text, unescaped(text)]) {
        if (candidate === undefined)
            continue;
        const errors = [];
        const tree = (0,main.parseTree)(candidate, errors, { disallowComments: true });
        if (errors.length > 0 || !tree)
            continue;
        if (tree.type === 'object')
            return candidate;
        if (tree.type === 'string')
            return decoded(String(tree.value));
    }
    return undefined;
}
function unescaped(text) {
    try {
        return decodeURIComponent(text.replaceAll('+', '%20'));
    }
    catch {
        return undefined;
    }
}
function toJson(value) {
    if (value.kind === 'scalar')
        return JSON.stringify(value.value ?? null);
    if (value.kind === 'array')
        return `[${value.items.flatMap(branchesOf).map(toJson).join(',')}]`;
    const branches = branchesOf(value);
    if (branches[0] !== value)
        return `[${branches.map(toJson).join(',')}]`;
    const [first, ...others] = value.entries;
    if (first && others.length === 0 && /^(?:Fn::\w+|Ref)$/.test(first.key))
        return JSON.stringify(functionText(first));
    return `{${value.entries.map(({ key, value: child }) => `${JSON.stringify(key)}:${toJson(child)}`).join(',')}}`;
}
function branchesOf(value) {
    const choice = entry(value, 'Fn::If');
    if (choice?.kind !== 'array')
        return isNoValue(value) ? [] : [value];
    return choice.items.slice(1).flatMap(branchesOf);
}
const NO_VALUE = ['${', 'AWS::NoValue', '}'].join('');
function isNoValue(value) {
    return textAt(value, 'Ref') === 'AWS::NoValue' || (value.kind === 'scalar' && value.value === NO_VALUE);
}
function hasOpenConditions(policy) {
    const statements = entry(policy, 'Statement');
    const list = statements?.kind === 'array' ? statements.items.flatMap(branchesOf) : statements ? [statements] : [];
    return list.some(statement => {
        const condition = entry(statement, 'Condition');
        const operators = condition?.kind === 'object' ? condition.entries.map(({ value }) => value) : [];
        return [condition, entry(statement, 'Principal'), ...operators].some(isChoice);
    });
}
function isChoice(value) {
    return value !== undefined && entry(value, 'Fn::If') !== undefined;
}
function functionText({ key, value }) {
    const [first, second] = value.kind === 'array' ? value.items : [value];
    if (key === 'Fn::Join' && first && second?.kind === 'array')
        return second.items.map(plainText).join(plainText(first));
    const plain = first ? plainText(first) : '';
    return key === 'Fn::Sub' ? plain : ['${', plain || key, '}'].join('');
}
function plainText(value) {
    if (value.kind === 'scalar')
        return String(value.value ?? '');
    const [only] = value.kind === 'object' ? value.entries : [];
    return only ? functionText(only) : '';
}
function offsetOf(value, path) {
    const [step, ...rest] = path;
    if (step === undefined)
        return value.offset;
    if (value.kind === 'array' && typeof step === 'number') {
        const item = value.items[step];
        return item ? offsetOf(item, rest) : value.offset;
    }
    if (typeof step === 'number')
        return step === 0 ? offsetOf(value, rest) : value.offset;
    const found = value.kind === 'object' ? value.entries.find(({ key }) => key === step) : undefined;
    if (!found)
        return value.offset;
    return rest.length === 0 ? found.offset : Math.max(found.offset, offsetOf(found.value, rest));
}

;// CONCATENATED MODULE: ../build/core/base/pattern.js
function pattern_matchesPattern(text, pattern) {
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

;// CONCATENATED MODULE: ../build/core/trust-policy/condition.js

const OPERATORS = {
    ...bothWays('String', 'Equals', (actual, wanted) => actual === wanted),
    ...bothWays('String', 'EqualsIgnoreCase', (actual, wanted) => actual.toLowerCase() === wanted.toLowerCase()),
    ...bothWays('String', 'Like', pattern_matchesPattern, true),
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
    return patterns.every((pattern, index) => pattern_matchesPattern(parts[index] ?? '', pattern));
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
    const holdsFor = (value) => compare(value, condition.values, test, operator.isNegated);
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
function compare(actual, values, test, isNegated) {
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
    const decision = policy.duplicateKeys.length > 0 ? 'unknown' : decide(statements);
    return { decision, statements };
}
function decide(statements) {
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
    const isNamed = actions.some(action => pattern_matchesPattern(found.toLowerCase(), action.toLowerCase()));
    const wanted = `${excludesActions ? 'none of ' : ''}${actions.join(' or ')}`;
    return { what: 'Action', wanted, found, outcome: isNamed !== excludesActions ? 'holds' : 'fails' };
}

;// CONCATENATED MODULE: ../build/core/base/invalid-value.js
class invalid_value_InvalidValue extends Error {
    name = 'InvalidValue';
}

;// CONCATENATED MODULE: ../build/core/base/json-object.js

function parseJsonObject(text) {
    const value = parseJson(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        throw new invalid_value_InvalidValue('is JSON, but no object: it must begin with { and end with }');
    }
    return value;
}
function parseJson(text) {
    try {
        return JSON.parse(text);
    }
    catch (error) {
        throw new invalid_value_InvalidValue(`is not JSON${placeOf(error, text)}: check its quotes, commas and braces`);
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
        values: textsOf(values, what),
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
function textsOf(value, what) {
    return listOf(value).map(element => {
        if (typeof element === 'object')
            throw new InvalidPolicy(`${what} holds a value that is no string`);
        return String(element);
    });
}

;// CONCATENATED MODULE: ../build/core/trust-policy/rules.js
const SEVERITIES = ['info', 'warning', 'error'];
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
    const isGithub = issuers_isGithubIssuer(issuer) || value.startsWith('repo:');
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
    return ACTIONS.some(each => pattern_matchesPattern(each, pattern));
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
        return [`https://${issuer_withoutScheme(provider)}`];
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
        ...(issuers_isGithubIssuer(issuer) && !own.some(({ key }) => key.toLowerCase() === `${prefix}sub`)
            ? [remark('github-without-sub', `${name} trusts GitHub and has no condition on ${prefix}sub`, path)]
            : []),
        ...(admitsEverySubject(own, issuer)
            ? [remark('any-subject', `${name} doesn't restrict ${prefix}sub`, path)]
            : []),
        ...(!issuers_isGithubIssuer(issuer) &&
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
    if (issuers_isGithubIssuer(issuer))
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
    if (values.some(value => pattern_matchesPattern(subject, value)))
        return [];
    return values.flatMap(value => nearMiss(value, subject, issuers_isGithubIssuer(request.issuer)) ?? []);
}
const CLASSIC = /^repo:[^@:/]+\/[^@:]+(?::|$)/;
const IMMUTABLE = /^repo:[^@:/]+@[\d*?]+\/[^@:/]+@[\d*?]+(?::|$)/;
function nearMiss(value, subject, isGithub) {
    if (pattern_matchesPattern(subject.toLowerCase(), value.toLowerCase()))
        return `the subject ${value} differs from the token's subject only in case: ${subject}`;
    if (!isGithub)
        return undefined;
    if (CLASSIC.test(value) && IMMUTABLE.test(subject))
        return `the subject ${value} has no IDs, but the token's subject does: ${subject}`;
    if (IMMUTABLE.test(value) && CLASSIC.test(subject))
        return `the subject ${value} has IDs, but the token's subject doesn't: ${subject}`;
    return undefined;
}

;// CONCATENATED MODULE: external "node:fs"
const external_node_fs_namespaceObject = require("node:fs");
;// CONCATENATED MODULE: external "node:path"
const external_node_path_namespaceObject = require("node:path");
;// CONCATENATED MODULE: ../build/core/base/failure.js
class failure_GateError extends Error {
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
        return new failure_GateError(code, words.message ?? message, words.hint ?? hint, {
            cause,
            likelyCause: words.likelyCause ?? likelyCause,
        });
    }
}
class RunnerError extends (/* unused pure expression or super */ null && (Error)) {
}
function toGateError(error) {
    if (error instanceof failure_GateError)
        return error;
    return new failure_GateError('ERR_UNEXPECTED', traceOf(error), "This is a bug in AWS Role Gate, or an environment that it doesn't know. Report it with this log.", { cause: error });
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

;// CONCATENATED MODULE: external "node:util"
const external_node_util_namespaceObject = require("node:util");
;// CONCATENATED MODULE: ../build/cli/usage.js

const EXIT = { ok: 0, found: 1, unusable: 2, unknown: 3 };
class UnusableInput extends Error {
}
function parseOptions(args, types, takesFiles = false) {
    const options = Object.fromEntries(Object.entries(types).map(([name, type]) => [
        name,
        { type: type === 'flag' ? 'boolean' : 'string', multiple: true },
    ]));
    try {
        const { values, positionals } = (0,external_node_util_namespaceObject.parseArgs)({ args: [...args], options, allowPositionals: takesFiles });
        const parsed = Object.entries(types).map(([name, type]) => {
            const given = (values[name] ?? []);
            if (type === 'list')
                return [name, given];
            if (given.length > 1)
                throw new UnusableInput(`--${name} is given ${given.length} times`);
            return [name, type === 'flag' ? given.length > 0 : given[0]];
        });
        return { options: Object.fromEntries(parsed), files: positionals };
    }
    catch (error) {
        if (error instanceof UnusableInput)
            throw error;
        throw new UnusableInput(error instanceof Error ? (error.message.split('. ')[0] ?? '') : String(error));
    }
}

;// CONCATENATED MODULE: ../build/cli/files.js




const MAX_BYTES = 200_000_000;
const STDIN = 0;
function readText(path) {
    const bytes = readBytes(path);
    if (bytes[0] === 0xff && bytes[1] === 0xfe)
        return bytes.subarray(2).toString('utf16le');
    if (bytes[0] === 0xfe && bytes[1] === 0xff)
        return bytes
            .subarray(2, bytes.length - (bytes.length % 2))
            .swap16()
            .toString('utf16le');
    return bytes.toString('utf8').replace(/^\uFEFF/, '');
}
function readBytes(path) {
    try {
        if (path !== '-' && (0,external_node_fs_namespaceObject.statSync)(path).size > MAX_BYTES)
            throw new Error('it is larger than 200 MB');
        return (0,external_node_fs_namespaceObject.readFileSync)(path === '-' ? STDIN : path);
    }
    catch (error) {
        throw new UnusableInput(`${path} can't be read: ${reasonOf(error)}`);
    }
}
const SKIPPED = ['node_modules', '.git'];
function filesOf(paths) {
    const problems = [];
    const files = new Map();
    const named = new Set();
    for (const path of paths) {
        const isFolder = statusOf(path)?.isDirectory() ?? false;
        const found = isFolder ? filesBelow(path, problems) : filesNamed(path, problems);
        if (found.length === 0 && !isFolder)
            problems.push(`${path}: no such file`);
        for (const file of found) {
            const first = files.get((0,external_node_path_namespaceObject.resolve)(file)) ?? file;
            files.set((0,external_node_path_namespaceObject.resolve)(file), first);
            if (!isFolder)
                named.add(first);
        }
    }
    return { files: [...files.values()], named, problems };
}
function filesNamed(path, problems) {
    if (path === '-' || statusOf(path))
        return [path];
    return /[*?]/.test(path) ? filesLike(path, problems) : [];
}
function filesBelow(folder, problems) {
    return entriesOf(folder, problems).flatMap(entry => {
        if (SKIPPED.includes(entry.name))
            return [];
        const path = (0,external_node_path_namespaceObject.join)(folder, entry.name);
        if (entry.isDirectory())
            return filesBelow(path, problems);
        return entry.isFile() ? [path] : [];
    });
}
function statusOf(path) {
    try {
        return (0,external_node_fs_namespaceObject.statSync)(path);
    }
    catch {
        return undefined;
    }
}
function entriesOf(folder, problems) {
    try {
        const entries = (0,external_node_fs_namespaceObject.readdirSync)(folder, { withFileTypes: true });
        return entries.toSorted((one, other) => (one.name < other.name ? -1 : 1));
    }
    catch (error) {
        problems.push(`${folder} can't be read: ${reasonOf(error)}`);
        return [];
    }
}
function filesLike(pattern, problems) {
    const normal = pattern.replaceAll('\\', '/').replace(/^\.\//, '');
    const folder = fixedFolder(normal);
    if (!statusOf(folder)?.isDirectory())
        return [];
    const expression = new RegExp(`^${normal.split('/').map(partPattern).join('').replace(/\/$/, '')}$`);
    return filesBelow(folder, problems)
        .map(file => file.replaceAll('\\', '/'))
        .filter(file => expression.test(file));
}
function fixedFolder(pattern) {
    return /^(?:[^*?]*\/)?/.exec(pattern)?.[0] || './';
}
function partPattern(part) {
    if (part === '**')
        return '(?:[^/]+/)*';
    const text = part.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&');
    return `${text.replaceAll('*', '[^/]*').replaceAll('?', '[^/]')}/`;
}

;// CONCATENATED MODULE: ../build/cli/explain.js













const EXPLAIN_HELP = `explain --trust-policy FILE (--claims FILE | --repository OWNER/NAME … | --issuer URL --claim NAME=VALUE …)

Says whether a trust policy allows a token, condition by condition.

  --trust-policy       a trust policy, or the output of aws iam get-role; - for standard input
  --claims             the claims of a token, as a JSON object
  --repository         OWNER/NAME, or OWNER@ID/NAME@ID for a repository with immutable subjects
  --ref                branch or full ref (default: main)
  --environment        environment of the job
  --event              event of the run (default: push)
  --job-workflow-ref   OWNER/NAME/PATH@REF of the reusable workflow that the job is in
  --audience           audience of the token (default: sts.amazonaws.com)
  --issuer             issuer of the token (default: https://token.actions.githubusercontent.com)
  --claim              NAME=VALUE, a further claim; may be repeated
  --subject-settings   what gh api repos/OWNER/NAME/actions/oidc/customization/sub prints, for a repository with
                       immutable or customized subjects
  --region             region of the STS call, for conditions on it
  --role-session-name  session name, for conditions on it
  --json               the result as JSON

Exit status: 0 allowed, 1 refused or a policy that IAM would not save, 2 unusable input, 3 can't tell`;
const OPTIONS = {
    'trust-policy': 'text',
    claims: 'text',
    repository: 'text',
    ref: 'text',
    environment: 'text',
    event: 'text',
    'job-workflow-ref': 'text',
    audience: 'text',
    issuer: 'text',
    claim: 'list',
    'subject-settings': 'text',
    region: 'text',
    'role-session-name': 'text',
    json: 'flag',
};
const GITHUB_ISSUER = 'https://token.actions.githubusercontent.com';
const STATUS = { allowed: EXIT.ok, refused: EXIT.found, invalid: EXIT.found, unknown: EXIT.unknown };
const WORDS = {
    allowed: 'allowed',
    refused: 'refused',
    invalid: 'IAM would not save this policy',
    unknown: "can't tell",
};
function explain(args, { print }) {
    const { options } = parseOptions(args, OPTIONS);
    const path = options['trust-policy'];
    if (path === undefined)
        throw new UnusableInput('--trust-policy is missing');
    const token = tokenOf(options);
    const { text, name } = readPolicy(path);
    const findings = lintPolicy(text);
    const request = requestFor(namedPrincipals(text), name, token, options);
    const prediction = findings.some(({ preventsSaving }) => preventsSaving)
        ? { decision: 'invalid', statements: [] }
        : evaluateTrustPolicy(parseTrustPolicy(text), request);
    const hints = prediction.decision === 'refused' ? nearMisses(parseTrustPolicy(text), request) : [];
    const explanation = { request, prediction, hints, findings };
    print(options.json ? JSON.stringify(resultOf(explanation), undefined, 2) : textOf(explanation));
    return STATUS[prediction.decision];
}
function readPolicy(path) {
    const [document, ...others] = documentsIn(path);
    if (!document)
        throw new UnusableInput(`${path} contains no trust policy`);
    if (others.length > 0)
        throw new UnusableInput(`${path} holds ${others.length + 1} trust policies: explain takes one`);
    if (document.text === undefined)
        throw new UnusableInput(`${path}: ${document.problem}`);
    return { text: document.text, name: document.name };
}
function documentsIn(path) {
    try {
        return policiesIn(readText(path), path);
    }
    catch (error) {
        if (error instanceof UnreadableDocument)
            throw new UnusableInput(`${path}: ${error.message}`);
        throw error;
    }
}
function namedPrincipals(text) {
    try {
        return parseTrustPolicy(text)
            .statements.filter(({ effect }) => effect === 'Allow')
            .flatMap(({ federatedPrincipals = [] }) => federatedPrincipals);
    }
    catch {
        return [];
    }
}
function tokenOf(options) {
    const { claims, repository, issuer, claim } = options;
    if (claims !== undefined) {
        assertUnused(options, [...OF_A_RUN, 'repository', 'issuer', 'claim'], '--claims');
        return tokenIn(claims);
    }
    if (repository !== undefined) {
        const { claims, unknown } = githubClaimsOf(runOf(options, repository), furtherClaims(claim));
        return { issuer: issuer ?? GITHUB_ISSUER, claims, unknownKeys: unknown };
    }
    if (issuer === undefined || claim.length === 0)
        throw new UnusableInput('give --claims, or --repository, or --issuer with --claim');
    assertUnused(options, OF_A_RUN, '--issuer without --repository');
    return { issuer, claims: { aud: 'sts.amazonaws.com', ...furtherClaims(claim) } };
}
const OF_A_RUN = ['ref', 'environment', 'event', 'job-workflow-ref', 'audience', 'subject-settings'];
function assertUnused(options, names, beside) {
    const used = names.filter(name => {
        const value = options[name];
        return Array.isArray(value) ? value.length > 0 : value !== undefined;
    });
    if (used.length > 0)
        throw new UnusableInput(`${used.map(name => `--${name}`).join(', ')}: has no effect with ${beside}`);
}
function tokenIn(path) {
    let claims;
    try {
        claims = JSON.parse(readText(path));
    }
    catch {
        throw new UnusableInput(`${path} is not JSON`);
    }
    if (typeof claims !== 'object' || claims === null || Array.isArray(claims))
        throw new UnusableInput(`${path} holds no JSON object of claims`);
    const { iss } = claims;
    if (typeof iss !== 'string')
        throw new UnusableInput(`${path}: the claims lack iss, the issuer`);
    return { issuer: iss, claims: claims };
}
const REPOSITORY = /^([\w.-]+)(?:@(\d+))?\/([\w.-]+)(?:@(\d+))?$/;
function runOf(options, repository) {
    const [, owner, ownerId, name, repositoryId] = REPOSITORY.exec(repository) ?? [];
    if (!owner || !name || (ownerId === undefined) !== (repositoryId === undefined))
        throw new UnusableInput(`--repository ${repository} is neither OWNER/NAME nor OWNER@ID/NAME@ID`);
    const settings = settingsFor(options['subject-settings'], `${owner}/${name}`);
    const { ref = 'main', environment, event = 'push', audience = 'sts.amazonaws.com' } = options;
    return {
        owner,
        repository: name,
        ids: ownerId !== undefined && repositoryId !== undefined
            ? { owner: ownerId, repository: repositoryId }
            : idsIn(settings.prefix),
        settings,
        ref: ref.startsWith('refs/') ? ref : `refs/heads/${ref}`,
        environment,
        event,
        jobWorkflowRef: options['job-workflow-ref'],
        audience,
        issuer: options.issuer ?? GITHUB_ISSUER,
    };
}
function settingsFor(path, repository) {
    if (path === undefined)
        return {};
    const settings = readSettings(path);
    const named = settings.prefix?.replace(/^repo:/, '').replaceAll(/@\d+/g, '');
    if (named !== undefined && named.toLowerCase() !== repository.toLowerCase())
        throw new UnusableInput(`${path}: the settings are those of ${named}, not of ${repository}`);
    return settings;
}
function readSettings(path) {
    try {
        return parseSubjectSettings(readText(path));
    }
    catch (error) {
        if (error instanceof InvalidSettings)
            throw new UnusableInput(`${path}: ${error.message}`);
        throw error;
    }
}
function idsIn(prefix = '') {
    const [, owner, repository] = /@(\d+)\/[^/@]+@(\d+)$/.exec(prefix) ?? [];
    return owner !== undefined && repository !== undefined ? { owner, repository } : undefined;
}
function furtherClaims(texts) {
    const claims = new Map();
    for (const text of texts) {
        const [, name, value] = /^([\w./-]+)=(.*)$/s.exec(text) ?? [];
        if (name === undefined || value === undefined)
            throw new UnusableInput(`--claim ${text} is not NAME=VALUE`);
        if (claims.has(name))
            throw new UnusableInput(`--claim ${name} is given twice`);
        claims.set(name, value);
    }
    return Object.fromEntries(claims);
}
function requestFor(named, role, token, options) {
    const host = issuer_withoutScheme(token.issuer);
    const [, partition, accountId] = /^arn:(aws[\w-]*):iam::(\d{12}):role\//.exec(role) ??
        named
            .filter(each => each.endsWith(`:oidc-provider/${host}`))
            .map(each => /^arn:(aws[\w-]*):iam::(\d{12}):/.exec(each))
            .find(match => match !== null) ??
        [];
    const account = { partition: partition ?? 'aws', accountId: accountId ?? '111122223333' };
    const principal = federatedPrincipal(account, token.issuer);
    const sent = {
        region: options.region,
        sessionName: options['role-session-name'],
        isTls: true,
        at: new Date(),
    };
    return { ...token, principal, sent };
}
function resultOf({ request, prediction, hints, findings }) {
    const { principal, issuer, claims } = request;
    const { decision, statements } = prediction;
    return {
        decision,
        principal,
        token: { issuer, subject: claims.sub ?? null, audience: claims.aud ?? null },
        statements,
        hints,
        findings: findings.map(({ rule, severity, message, preventsSaving }) => ({
            rule,
            severity,
            message,
            preventsSaving,
        })),
    };
}
function textOf({ request, prediction, hints, findings }) {
    const { principal, issuer, claims } = request;
    const { decision, statements } = prediction;
    return [
        `sub ${text_escapeControls(String(claims.sub ?? 'not known'))}`,
        `aud ${text_escapeControls(String(claims.aud))}`,
        `iss ${text_escapeControls(issuer)}${issuers_isGithubIssuer(issuer) ? '' : " (not one of GitHub's issuers)"}`,
        `principal ${text_escapeControls(principal)}`,
        '',
        WORDS[decision],
        ...statements.flatMap(formatStatement),
        ...hints.map(hint => `hint: ${text_escapeControls(hint)}`),
        ...findings.map(({ rule, severity, message }) => `${severity} ${rule}: ${text_escapeControls(message)}`),
    ].join('\n');
}

;// CONCATENATED MODULE: external "node:url"
const external_node_url_namespaceObject = require("node:url");
;// CONCATENATED MODULE: ../build/cli/report.js





const FORMATS = {
    text: toText,
    json: report_toJson,
    sarif: toSarif,
    github: toAnnotations,
};
const COLOURS = { error: 'red', warning: 'yellow', info: 'cyan' };
function toText({ located, pending, files, policies }) {
    const lines = located.flatMap(({ file, name, position, finding }) => {
        const place = `${escapeLogLine(file)}:${position.line}:${position.column}`;
        const head = `${(0,external_node_util_namespaceObject.styleText)(COLOURS[finding.severity], finding.severity)} ${finding.rule}`;
        const role = name === '' ? '' : ` (${text_escapeControls(name)})`;
        return [`${place}: ${head}: ${text_escapeControls(finding.message)}${role}`, `  ${finding.fix}`];
    });
    return [
        ...lines,
        ...pending.map(escapeLogLine),
        `${count(located.length, 'finding')} in ${count(policies, 'trust policy', 'trust policies')} of ${count(files, 'file')}`,
    ].join('\n');
}
function count(number, one, several = `${one}s`) {
    return `${number} ${number === 1 ? one : several}`;
}
function report_toJson({ located, problems, pending, files, policies }) {
    const findings = located.map(({ file, name, position, finding }) => ({
        file,
        line: position.line,
        column: position.column,
        role: name === '' ? null : name,
        rule: finding.rule,
        severity: finding.severity,
        message: finding.message,
        path: finding.path,
        fix: finding.fix,
        preventsSaving: finding.preventsSaving,
    }));
    return JSON.stringify({ files, policies, findings, pending, problems }, undefined, 2);
}
const LEVELS = { error: 'error', warning: 'warning', info: 'note' };
function toSarif({ located }) {
    const ids = Object.keys(RULES);
    const results = located.map(({ file, name, position, finding }) => ({
        ruleId: finding.rule,
        ruleIndex: ids.indexOf(finding.rule),
        level: LEVELS[finding.severity],
        message: { text: `${name === '' ? '' : `${name}: `}${finding.message}. ${finding.fix}` },
        locations: [
            {
                physicalLocation: {
                    artifactLocation: { uri: uriOf(file) },
                    region: { startLine: position.line, startColumn: position.column },
                },
            },
        ],
        partialFingerprints: { 'trustPolicy/v1': [finding.rule, name, ...finding.path].join('/') },
    }));
    const driver = {
        name: 'AWS Role Gate',
        informationUri: 'https://github.com/aws-role-gate/aws-role-gate/blob/main/docs/lint-rules.md',
        rules: ids.map(id => ({
            id,
            shortDescription: { text: id },
            help: { text: RULES[id].fix },
            helpUri: `https://github.com/aws-role-gate/aws-role-gate/blob/main/docs/lint-rules.md#${id}`,
            defaultConfiguration: { level: LEVELS[RULES[id].severity] },
        })),
    };
    return JSON.stringify({
        $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
        version: '2.1.0',
        runs: [{ tool: { driver }, results }],
    }, undefined, 2);
}
function uriOf(file) {
    const path = pathFromHere(file);
    return path === undefined ? (0,external_node_url_namespaceObject.pathToFileURL)(file).href : path.split('/').map(encodeURIComponent).join('/');
}
function pathFromHere(file) {
    const path = (0,external_node_path_namespaceObject.relative)('', file).replaceAll('\\', '/');
    return /^(?:\.\.\/|\/|[A-Za-z]:)/.test(path) ? undefined : path;
}
function toAnnotations({ located }) {
    const command = { error: 'error', warning: 'warning', info: 'notice' };
    return located
        .map(({ file, name, position, finding }) => {
        const role = name === '' ? '' : ` (${text_escapeControls(name)})`;
        const properties = [
            `file=${property(pathFromHere(file) ?? file)}`,
            `line=${position.line}`,
            `col=${position.column}`,
            `title=${property(finding.rule)}`,
        ];
        const message = `${text_escapeControls(finding.message)}${role}. ${finding.fix}`;
        return `::${command[finding.severity]} ${properties.join(',')}::${data(message)}`;
    })
        .join('\n');
}
function data(text) {
    return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
function property(text) {
    return data(text_escapeControls(text)).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

;// CONCATENATED MODULE: ../build/cli/lint.js







const LINT_HELP = `lint PATH…

Lists weaknesses of trust policies.

  PATH            files, folders or patterns: trust policies, the output of aws iam get-role, list-roles and
                  get-account-authorization-details, terraform show -json, CloudFormation templates; - for standard input
  --min-severity  error, warning or info (default: warning): what is printed, and what makes the exit status 1
  --format        text, json, sarif or github (default: text)
  --json          short for --format json

Exit status: 0 nothing found, 1 something found, 2 unusable input, 3 a policy is not known until apply`;
const lint_OPTIONS = { 'min-severity': 'text', format: 'text', json: 'flag' };
function lint(args, { print, warn, progress }) {
    const { options, files: paths } = parseOptions(args, lint_OPTIONS, true);
    const least = severityOf(options['min-severity'] ?? 'warning');
    const format = formatOf(options.format, options.json);
    if (paths.length === 0)
        throw new UnusableInput('no path was given');
    const report = lintPaths(paths, least, progress);
    print(FORMATS[format](report));
    for (const problem of report.problems)
        warn(escapeLogLine(problem));
    if (report.problems.length > 0)
        return EXIT.unusable;
    if (report.located.length > 0)
        return EXIT.found;
    return report.pending.length > 0 ? EXIT.unknown : EXIT.ok;
}
function lintPaths(paths, least, progress = () => undefined) {
    const report = lintFiles(filesOf(paths), progress);
    const located = report.located.filter(({ finding }) => rank(finding.severity) >= rank(least));
    return { ...report, located };
}
function severityOf(text, option = '--min-severity') {
    const severity = SEVERITIES.find(each => each === text);
    if (severity)
        return severity;
    throw new UnusableInput(`${option} ${text} is not error, warning or info`);
}
function rank(severity) {
    return SEVERITIES.indexOf(severity);
}
function formatOf(text, isJson) {
    if (isJson && text !== undefined && text !== 'json')
        throw new UnusableInput('--json and --format name two formats');
    const format = isJson ? 'json' : (text ?? 'text');
    if (Object.hasOwn(FORMATS, format))
        return format;
    throw new UnusableInput(`--format ${format} is not text, json, sarif or github`);
}
const POLICY_FILE = /\.(?:json|ya?ml|template)$/i;
function lintFiles({ files: found, named, problems: unread }, progress) {
    const files = found.filter(file => named.has(file) || POLICY_FILE.test(file));
    const located = [];
    const problems = [...unread];
    const pending = [];
    let [policies, checked] = [0, 0];
    for (const file of files) {
        const found = policiesOf(file, problems, named.has(file));
        if (!found)
            continue;
        checked += 1;
        for (const policy of found) {
            policies += 1;
            progress(policies);
            if (policy.isPending)
                pending.push(`${file}: ${policy.name}: ${policy.problem}`);
            else
                located.push(...findingsIn(policy, file));
        }
    }
    if (checked === 0 && problems.length === 0)
        problems.push('no trust policy was found');
    return { located, problems, pending, files: files.length, policies };
}
function policiesOf(file, problems, isNamed) {
    let text = '';
    try {
        text = readText(file);
        return policiesIn(text, file);
    }
    catch (error) {
        if (error instanceof UnreadableDocument) {
            const isMeant = !(error instanceof NoPolicy) && /"Statement"|assume_?role_?policy/i.test(text);
            if (isNamed || isMeant)
                problems.push(`${file}: ${error.message}`);
        }
        else if (error instanceof UnusableInput)
            problems.push(error.message);
        else
            throw error;
        return undefined;
    }
}
function findingsIn({ name, text, problem, at }, file) {
    const findings = text === undefined ? [unreadable(problem ?? '')] : lintPolicy(text);
    return findings.map(finding => ({ file, name, finding, position: at(finding.path) }));
}
function unreadable(message) {
    return {
        rule: 'invalid-policy',
        severity: 'error',
        message,
        path: [],
        fix: 'Correct the policy. IAM would not save it.',
        preventsSaving: true,
    };
}

;// CONCATENATED MODULE: ../build/core/migration/release.js
const PUBLISHED_SHA = undefined;
const PLACEHOLDER = 'full-sha-of-a-release';

;// CONCATENATED MODULE: ../build/core/base/list-values.js


function parseList(text) {
    const lines = text.split(/\r?\n/).filter(line => line.trim() !== '');
    const rows = lines.map(line => line.split(',').map(element => element.trim()));
    const elements = rows.flat();
    if (rows.some(mixesArnsAndNames)) {
        throw new invalid_value_InvalidValue(`${text_quote(text)} has an ARN and a name on one line: write one a line, and no name with a comma`);
    }
    if (elements.includes('')) {
        throw new invalid_value_InvalidValue(`${text_quote(text)} has an empty element between commas: take the comma or the unset variable out`);
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
        throw new invalid_value_InvalidValue(`${text_quote(lookalike)} looks like "${keyword}": write it in lower case`);
    if (!elements.includes(keyword))
        return elements;
    if (elements.length > 1)
        throw new invalid_value_InvalidValue(`"${keyword}" can't stand beside other values: write it alone or leave it out`);
    return keyword;
}
function parseAll(list, parse) {
    const wrong = [];
    const values = list.flatMap(element => {
        try {
            return [parse(element)];
        }
        catch (error) {
            if (!(error instanceof invalid_value_InvalidValue))
                throw error;
            wrong.push(error.message);
            return [];
        }
    });
    if (wrong.length > 0)
        throw new invalid_value_InvalidValue(wrong.join('; '));
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
    throw new invalid_value_InvalidValue(`${text_quote(text)} is not a boolean: write true or false`);
}
function parseNumber(text, { least, most, unit }) {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : undefined;
    if (value === undefined || value < least || value > most) {
        throw new invalid_value_InvalidValue(`${text_quote(text)} must be a number of ${unit} from ${least} to ${most}, in plain digits`);
    }
    return value;
}
function parseChoice(text, choices) {
    const choice = choices.find(candidate => candidate === text);
    if (choice === undefined)
        throw new invalid_value_InvalidValue(`${text_quote(text)} is none of ${choices.join(', ')}`);
    return choice;
}
function isNone(text) {
    if (text !== 'none' && text.toLowerCase() === 'none')
        throw new invalid_value_InvalidValue(`${text_quote(text)} looks like "none": write it in lower case`);
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

;// CONCATENATED MODULE: ../build/core/network/endpoint-url.js


function parseEndpoint(text) {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
        throw new invalid_value_InvalidValue('is not an https URL: write https://HOST, or http://HOST for a server of your own');
    }
    if (url.username || url.password)
        throw new invalid_value_InvalidValue('holds a user or a password, which an endpoint does not take');
    if (url.search || url.hash)
        throw new invalid_value_InvalidValue(`${text_quote(text)} holds a query or a fragment: write https://HOST`);
    return url;
}
function isLoopback({ hostname }) {
    return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

;// CONCATENATED MODULE: ../build/core/network/ip-address.js
function ip_address_parseIpAddress(text) {
    return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}
function ip_address_sharePrefix(one, other, length) {
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
        throw new invalid_value_InvalidValue(`${wrong.map(showElement).join(', ')}: write hosts, domains, IP addresses or CIDR blocks, with :PORT where one port is meant, or * alone`);
    }
    return parseKnownNoProxy(text);
}
function showElement(element) {
    return element.includes('@') ? 'an element with a user or a password' : text_quote(element);
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
    const address = ip_address_parseIpAddress(bracketed ?? plain ?? '');
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

;// CONCATENATED MODULE: ../build/core/network/proxy-address.js

const WRITE = 'write http://HOST:PORT, or http://USER:PASSWORD@HOST:PORT';
const ENCODE = 'in USER and PASSWORD, write @ as %40, : as %3A and % as %25';
function parseProxy(text) {
    const address = /^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `http://${text}`;
    assertEncoded(address);
    if (/[\s\p{Cc}]/u.test(text) || !URL.canParse(address))
        throw new invalid_value_InvalidValue(`is not the URL of a proxy: ${WRITE}${text.includes('@') ? `; ${ENCODE}` : ''}`);
    const url = new URL(address);
    if (url.protocol !== 'https:' && url.protocol !== 'http:')
        throw new invalid_value_InvalidValue(`is a proxy that is neither http nor https: ${WRITE}`);
    if (url.pathname !== '/' || url.search || url.hash)
        throw new invalid_value_InvalidValue(`has something behind the proxy's host and port: ${WRITE}`);
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
    throw new invalid_value_InvalidValue(`has characters in its user or password that must be percent-encoded: write ${advice}`);
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
        throw new invalid_value_InvalidValue('has a user or a password with a % that begins no UTF-8 character: write % as %25, and other characters percent-encoded as UTF-8');
    }
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
    const object = parseJsonObject(text);
    const entries = Object.entries(object);
    const problems = [
        ...entries.flatMap(([key, value]) => [...keyProblems(key), ...valueProblems(key, value)]),
        ...repeatedKeys(text, object),
        ...spellingsOfOneKey(Object.keys(object)),
        ...countProblems(entries.length),
    ];
    if (problems.length > 0)
        throw new invalid_value_InvalidValue(problems.join('; '));
    return entries.map(([key, value]) => ({ key, value: String(value), droppable: false }));
}
function keyProblems(key) {
    if (key === '')
        return ['a key is empty: give the tag a name'];
    const what = `the key ${text_quote(key)}`;
    const own = OWN_KEYS.find(candidate => candidate.toLowerCase() === key.toLowerCase());
    return [
        ...textProblems(what, key, MAX_KEY_LENGTH),
        ...(own ? [`${what} is that of a tag that the action sends itself (${own}): choose another`] : []),
    ];
}
function valueProblems(key, value) {
    const what = `the value of ${text_quote(key)}`;
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
        problems.push(`${what} holds ${text_quote([...found].join(''))}: AWS takes letters, digits, blanks and _.:/=+-@ in tags`);
    }
    return problems;
}
function repeatedKeys(text, object) {
    const repeated = new Set(duplicateKeysIn(text).filter(key => Object.hasOwn(object, key)));
    return [...repeated].map(key => `the key ${text_quote(key)} stands twice: take one of them out`);
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
                `the keys ${text_quote(other)} and ${text_quote(key)} differ in case alone, and are one to AWS: keep one of them`,
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
            throw new invalid_value_InvalidValue(`${text_quote(line)} is neither claim=value nor claim~pattern`);
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
            .map(({ kind, text }) => `${kind === 'pattern' ? 'like ' : ''}${quote(text)}`)
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
    return values.length > 0 ? values.map(value => `"${escapeControls(value)}"`).join(', ') : 'no text';
}

;// CONCATENATED MODULE: ../build/core/identity/expectation.js

const expectation_ROLE_ASSUMED = {
    identities: 'role-assumed',
    roleIds: 'any',
    allowedAccountIds: 'any',
    forbiddenAccountIds: [],
};
const expectation_ANYONE = { ...expectation_ROLE_ASSUMED, identities: 'any' };
function expectation_expectRole(arn, written = formatArn(arn)) {
    const { partition, accountId, roleName } = arn;
    return { kind: 'role', partition, accountId, roleName, written };
}
function parseExpectedIdentity(text, home) {
    const role = parseRoleArn(text);
    if (role)
        return expectation_expectRole(role, text);
    const session = parseAssumedRoleArn(text);
    if (session)
        return { ...expectation_expectRole(session, text), sessionName: session.sessionName };
    const anySession = parseAssumedRoleArn(`${text}/any`);
    if (anySession)
        return expectation_expectRole(anySession, text);
    const user = parseUserArn(text);
    if (user)
        return user;
    if (home && isRoleName(text))
        return { kind: 'role', ...home, roleName: text, written: text };
    return undefined;
}
function expectation_formatWithComparable(expected) {
    const comparable = expectation_comparableArn(expected);
    const written = expected.kind === 'user' ? comparable : expected.written;
    return written === comparable ? written : `${written} (${comparable})`;
}
function expectation_comparableArn(expected) {
    if (expected.kind === 'user')
        return formatArn(expected);
    const { partition, accountId, roleName, sessionName } = expected;
    const role = `arn:${partition}:sts::${accountId}:assumed-role/${roleName}`;
    return sessionName ? `${role}/${sessionName}` : role;
}

;// CONCATENATED MODULE: ../build/core/identity/verdict.js





const GUARDS = (/* unused pure expression or super */ null && (['caller', 'identity', 'role id', 'account']));
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
    const { identity, differences } = verdict_compare(target.expected, session, caller);
    return identity && differences.length === 0
        ? createMatch(target, session, caller, identity)
        : new Mismatch(target.expected, session, caller, differences);
}
function verifyIntermediate(session, caller) {
    const expected = session.origin.kind === 'assumed' ? ROLE_ASSUMED : ANYONE;
    const { identity, differences } = verdict_compare(expected, session, caller);
    if (identity && differences.length === 0)
        return identity;
    throw mismatchFailure(new Mismatch(expected, session, caller, differences), 'intermediate role of a chain');
}
function verdict_compare(expected, session, caller) {
    const identity = parseCallerArn(caller.arn);
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
function verdict_assertGenuine(match) {
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
    return new GateError('ERR_IDENTITY_MISMATCH', `the credentials belong to ${escapeControls(mismatch.caller.arn)}\n${lines.join('\n')}`, `No credentials were exported. ${adviceOn(mismatch)}`, {
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
    return `- ${about}: expected ${escapeControls(expected)}, got ${escapeControls(actual)}${note ? ` (${note})` : ''}`;
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
        ? formatArn(actual)
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
    if (!isAccountId(accountId))
        return `; its account ${text_quote(accountId)} does not have exactly 12 digits`;
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
        : `; it contains ${text_quote(foreign)}, and a path or name may only contain letters, digits and +=,.@_- here (IAM allows more in a path)`;
}
function whyNotRole(text) {
    if (/^arn:[^:]*:sts:/.test(text))
        return "; this is a session's ARN, not the role's";
    return /^arn:[^:]*:iam::\d{12}:(?!role\/)/.test(text)
        ? '; what follows the account must begin with role/'
        : '';
}

;// CONCATENATED MODULE: ../build/core/identity/session.js
function isKey(text) {
    return text !== undefined && /^[\x21-\x7e]+$/.test(text);
}

;// CONCATENATED MODULE: ../build/core/inputs/role-values.js






const PSEUDO_REGION = /(^|-)(fips|global)(-|$)/;
function parseRegion(text) {
    const isHostLabel = /^[a-z0-9-]{1,63}$/.test(text) && !text.startsWith('-') && !text.endsWith('-');
    if (!isHostLabel || PSEUDO_REGION.test(text)) {
        throw new invalid_value_InvalidValue(`${text_quote(text)} is not a region: write its code, such as eu-west-1${whyNotPlain(text)}`);
    }
    return text;
}
function parseAccountId(text) {
    if (!isAccountId(text)) {
        const lostZero = /^\d{1,11}$/.test(text) ? ' (YAML drops a leading 0 unless the ID is in quotes)' : '';
        throw new invalid_value_InvalidValue(`${text_quote(text)} is not an account ID: it has exactly 12 digits${lostZero}${whyNotPlain(text)}`);
    }
    return text;
}
function parseRoleId(text) {
    if (!/^AROA[A-Z0-9]{4,124}$/.test(text)) {
        throw new invalid_value_InvalidValue(`${text_quote(text)} is not a role's unique ID: it starts with AROA (aws iam get-role shows it as RoleId)`);
    }
    return text;
}
function parseRoleToAssume(text) {
    if (isNone(text))
        return 'none';
    return arn_isRoleName(text) ? { kind: 'role-name', roleName: text } : parseRole(text);
}
function parseRole(text) {
    const role = arn_parseRoleArn(text);
    if (!role) {
        throw new invalid_value_InvalidValue(`${text_quote(text)} is not a role ARN: write arn:aws:iam::ACCOUNT:role/NAME${whyNotArn(text) || whyNotRole(text)}`);
    }
    return role;
}
function parseSessionName(text) {
    const name = text.replaceAll(/[^\w+=,.@-]/gu, '-').slice(0, 64);
    if (name.length < 2)
        throw new invalid_value_InvalidValue(`${text_quote(text)} is too short for a session name: write 2 to 64 characters`);
    return name;
}
function parseExternalId(text) {
    if (!/^[\w+=,.@:/-]{2,1224}$/.test(text)) {
        throw new invalid_value_InvalidValue(`${text_quote(text)} is not an external ID: write 2 to 1224 letters, digits and +=,.@:/_-`);
    }
    return text;
}
function parseSourceIdentity(text) {
    if (!/^[\w+=,.@-]{2,64}$/.test(text)) {
        throw new invalid_value_InvalidValue(`${text_quote(text)} is not a source identity: write 2 to 64 letters, digits and +=,.@_-${whyNotPlain(text)}`);
    }
    return text;
}
function parseKey(text) {
    if (!isKey(text)) {
        throw new invalid_value_InvalidValue('contains whitespace or characters that keys never have: store it again without line breaks');
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
        throw new invalid_value_InvalidValue(`has ${lines.length} lines: write at most ${MAX_PROFILES} and put the rest in another step`);
    const profiles = parseAll(lines, parseProfileRole);
    const names = profiles.map(({ name }) => name);
    const twice = names.filter((name, index) => names.indexOf(name) < index);
    if (twice.length > 0)
        throw new invalid_value_InvalidValue(`names ${twice.map(text_quote).join(', ')} more than once: write each once`);
    return profiles;
}
function parseProfileRole(line) {
    const sign = line.indexOf('=');
    if (sign < 0)
        throw new invalid_value_InvalidValue(`${text_quote(line)} is not PROFILE=ROLE: write a profile's name, =, and the ARN of its role`);
    const [name, arn] = [line.slice(0, sign).trimEnd(), line.slice(sign + 1).trimStart()];
    if (holdsAnotherProfile(arn))
        throw new invalid_value_InvalidValue(`${text_quote(line)} contains several profiles or a comma: write each profile on its own line`);
    try {
        return { name: parseProfileName(name), role: parseRole(arn) };
    }
    catch (error) {
        if (!(error instanceof invalid_value_InvalidValue))
            throw error;
        throw new invalid_value_InvalidValue(`in ${text_quote(line)}, ${error.message}`);
    }
}
function holdsAnotherProfile(arn) {
    const role = arn.search(NEXT_ROLE);
    return arn.endsWith(',') || (role >= 0 && /[,\s]/.test(arn.slice(0, role)));
}
const NEXT_ROLE = /=\s*arn:/;
function parseSingleProfile(text) {
    if (NEXT_ROLE.test(text))
        throw new invalid_value_InvalidValue('contains a role; use aws-profiles');
    return parseProfileName(text);
}
function parseProfileName(text) {
    if (!isProfileName(text)) {
        throw new invalid_value_InvalidValue(`${text_quote(text)} is not a profile name that all tools understand: write at most 64 letters, digits and _.@+%:-${whyNotPlain(text)}`);
    }
    return text;
}

;// CONCATENATED MODULE: ../build/core/inputs/session-policy.js





const MOST_CHARACTERS = 2048;
const MOST_POLICIES = 10;
const FOREIGN = /[^\t\n\r\u0020-\u00ff]/gu;
function parseInlinePolicy(text) {
    const policy = parseJsonObject(text);
    const problems = [...statementProblems(policy), ...characterProblems(text)];
    if (problems.length > 0)
        throw new invalid_value_InvalidValue(problems.join('; '));
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
        `contains ${text_quote([...foreign].join(''))}, which AWS doesn't allow in a policy: use a \\uXXXX escape`,
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
        throw new invalid_value_InvalidValue(problems.join('; '));
    return arns;
}
function arnProblem(text) {
    const reason = whyNotOneArn(text) || (text.includes(':iam::aws:') ? '' : whyNotArn(text));
    return `${text_quote(text)} is not a managed policy: write arn:aws:iam::ACCOUNT:policy/NAME, with aws as the account of AWS managed policies${reason}`;
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
        `managed-session-policies: ${foreign.map(quote).join(', ')} must be in the region's partition: write arn:${partition}:…`,
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
    'http-proxy': optional(parseProxy),
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
            if (!(error instanceof InvalidValue))
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
        throw new InvalidValue(blankProblem(byDefault));
    return parse(given || byDefault);
}
function blankProblem(byDefault) {
    if (byDefault === '')
        return 'is required, but blank or missing';
    return `is blank, perhaps from an unset variable: set a value, or write "${byDefault}" if you mean that`;
}
function parseTranslateEnvVariables(text) {
    if (parseBoolean(text))
        throw new invalid_value_InvalidValue('is true, but environment variables never set inputs here, because an earlier step can set them: set each input under `with:`, and remove this one or set it to false');
    return false;
}
function mapList(list, parse) {
    return typeof list === 'string' ? list : parseAll(list, parse);
}
function parseExpectedRole(text) {
    const list = parseListOr(text, 'any');
    return typeof list === 'string' ? list : parseListOr(text, 'role-to-assume');
}

;// CONCATENATED MODULE: ../build/core/migration/remarks.js


const WITHOUT_ROLE = 'has no role-to-assume: access keys or existing credentials alone';
const MASKED_ID = 'is on v1 or v2 and relies on the masked account ID';
const REGION_ALONE = 'gets the region from a step that has neither a role nor access keys';
const THROUGH_VARIABLES = 'sets inputs through variables: AWS_REGION, ROLE_TO_ASSUME, AUDIENCE and the like';
const MAY_BE_UNSET = 'sets role-to-assume, a guard (allowed-account-ids) or a session policy from a variable that may be unset';
const UNSEEN_ROWS = [
    'may take longer than two minutes',
    'uses the profile after the job, on a persistent runner',
    'assumes a role that the same run has just created',
    THROUGH_VARIABLES,
];
function remarks_remarksOn(use) {
    const remarks = [
        ...missing(use),
        ...[...use.inputs].flatMap(([name, given]) => ofInput(name, given, use)),
        ...together(use),
        ...ofEnvironment(use),
        ...ofOldVersions(use),
    ];
    return remarks.toSorted((one, other) => one.line - other.line);
}
function decision(line, row, message) {
    return { kind: 'decision', line, row, message };
}
function note(line, row, message) {
    return { kind: 'note', line, row, message };
}
function missing(use) {
    const { inputs, environment, line } = use;
    const isGuarded = inputs.has('allowed-account-ids');
    const hasRole = inputs.has('role-to-assume') || (readsVariables(use) && environment.has('ROLE_TO_ASSUME'));
    return [
        ...(inputs.has('aws-region') || environment.has('AWS_REGION')
            ? []
            : [decision(line, 'aws-region', 'aws-region is missing')]),
        ...(hasRole || isGuarded
            ? []
            : [
                decision(line, WITHOUT_ROLE, 'no role is assumed: say in allowed-account-ids or expected-role who the credentials must belong to'),
            ]),
        ...(hasRole || inputs.has('aws-access-key-id')
            ? []
            : [note(line, REGION_ALONE, 'the step only verifies: it exports no region to later steps')]),
    ];
}
function ofInput(name, { text, line }, use) {
    if (!isInput(name))
        return [
            decision(line, 'Misspelled inputs', `${name} isn't an input, which is an error here: remove or correct it`),
        ];
    const { blankIsError, parse } = DECLARED_INPUTS[name];
    return valuesOf(text, use).flatMap(value => {
        const [, fallback] = FALLBACK.exec(value) ?? [];
        const isWhole = /^\s*\$\{\{.*\}\}\s*$/s.test(value) && value.split('${{').length === 2;
        if (value.includes('${{') && !fallback)
            return isWhole && blankIsError && name !== 'aws-region'
                ? [note(line, MAY_BE_UNSET, `${name} is ${value}: if that is blank, the step fails`)]
                : [];
        if (value.trim() === '')
            return blankIsError ? [decision(line, 'Blank inputs', `${name} is blank, which is an error here`)] : [];
        const problem = problemOf(parse, fallback ?? value);
        return problem === undefined ? [] : [decision(line, name, `${name}: ${problem}`)];
    });
}
function isInput(name) {
    return INPUT_NAMES.includes(name);
}
function problemOf(parse, value) {
    try {
        parse(value);
        return undefined;
    }
    catch (error) {
        if (error instanceof invalid_value_InvalidValue)
            return error.message;
        throw error;
    }
}
function valuesOf(text, { matrix }) {
    const [, name = ''] = /^\s*\$\{\{\s*matrix\.([\w-]+)\s*\}\}\s*$/.exec(text) ?? [];
    return matrix.get(name) ?? [text];
}
const FALLBACK = /^\s*\$\{\{.*\|\|\s*'([^']+)'\s*\}\}\s*$/s;
function together({ inputs, line }) {
    const textOf = (name) => inputs.get(name)?.text ?? '';
    const lineOf = (name) => inputs.get(name)?.line ?? line;
    const isTrue = (name) => /^true$/i.test(textOf(name).trim());
    const hasKeys = textOf('aws-access-key-id') !== '';
    const usesToken = !hasKeys &&
        !isTrue('role-chaining') &&
        !isTrue('force-skip-oidc') &&
        !inputs.has('web-identity-token-file');
    return [
        ...['aws-secret-access-key', 'aws-session-token']
            .filter(name => !hasKeys && textOf(name) !== '')
            .map(name => decision(lineOf(name), name, `${name} without aws-access-key-id is an error here`)),
        ...(hasKeys && textOf('web-identity-token-file') !== ''
            ? [
                decision(lineOf('web-identity-token-file'), 'has access keys and web-identity-token-file in one step', 'access keys and web-identity-token-file are two sources: remove one'),
            ]
            : []),
        ...(isTrue('role-chaining') && Number(textOf('role-duration-seconds')) > 3600
            ? [
                decision(lineOf('role-duration-seconds'), "has role-chaining with a user's keys and sessions of more than an hour", 'a session that is obtained with another lasts an hour at most: for the keys of a user, write force-skip-oidc: true instead of role-chaining'),
            ]
            : []),
        ...(inputs.has('http-proxy') && usesToken && !/githubusercontent\.com|\*/.test(textOf('no-proxy'))
            ? [
                decision(lineOf('http-proxy'), "sets http-proxy, and the proxy doesn't let GitHub's hosts through", "the request for GitHub's token uses the proxy too: if the proxy doesn't allow it, add the host to no-proxy"),
            ]
            : []),
        ...(/^false$/i.test(textOf('use-existing-credentials').trim())
            ? [
                decision(lineOf('use-existing-credentials'), 'use-existing-credentials', 'false means false here; configure-aws-credentials treats any value as true'),
            ]
            : []),
        ...(isTrue('use-existing-credentials')
            ? [
                note(lineOf('use-existing-credentials'), 'use-existing-credentials', 'existing credentials are kept only if they satisfy every guard'),
            ]
            : []),
        ...(/^cn-/.test(textOf('aws-region')) && usesToken && !inputs.has('audience')
            ? [note(lineOf('aws-region'), 'audience', 'the audience is sts.amazonaws.com.cn unless you set it')]
            : []),
        ...['custom-tags', 'transitive-tag-keys']
            .filter(name => usesToken && textOf(name) !== '')
            .map(name => note(lineOf(name), name, `AWS doesn't accept session tags with GitHub's token: ${name} is ignored with a warning`)),
        ...(textOf('role-external-id') !== '' && usesToken
            ? [
                note(lineOf('role-external-id'), 'role-external-id', "AWS doesn't accept an external ID with GitHub's token: it is ignored with a warning"),
            ]
            : []),
    ];
}
const INPUT_VARIABLES = [
    'AWS_REGION',
    'ROLE_TO_ASSUME',
    'WEB_IDENTITY_TOKEN_FILE',
    'ROLE_CHAINING',
    'AUDIENCE',
    'MASK_AWS_ACCOUNT_ID',
    'ROLE_DURATION_SECONDS',
    'ROLE_EXTERNAL_ID',
    'ROLE_SESSION_NAME',
    'ROLE_SKIP_SESSION_TAGGING',
    'TRANSITIVE_TAG_KEYS',
    'INLINE_SESSION_POLICY',
    'MANAGED_SESSION_POLICIES',
    'OUTPUT_CREDENTIALS',
    'UNSET_CURRENT_CREDENTIALS',
    'DISABLE_RETRY',
    'RETRY_MAX_ATTEMPTS',
    'SPECIAL_CHARACTERS_WORKAROUND',
    'USE_EXISTING_CREDENTIALS',
    'OVERWRITE_AWS_PROFILE',
];
function readsVariables({ version, inputs }) {
    return (version ?? 6) >= 6 && !/^false$/i.test(inputs.get('translate-env-variables')?.text.trim() ?? '');
}
function ofEnvironment(use) {
    const { inputs, environment } = use;
    return [...environment].flatMap(([name, { text, line }]) => {
        if (text.trim() === '')
            return [];
        const input = name.toLowerCase().replaceAll('_', '-');
        const isRead = name === 'AWS_REGION' || readsVariables(use);
        if (INPUT_VARIABLES.includes(name) && isRead && !inputs.has(input))
            return [
                decision(line, THROUGH_VARIABLES, `the variable ${name} doesn't set an input here: write ${input} under with:`),
            ];
        if (name === 'AWS_PROFILE' && !isProfileKept(use, text))
            return [
                decision(line, 'has AWS_PROFILE set where the step exports keys', 'AWS_PROFILE and exported keys contradict each other: clear it, name the profile in aws-profile, or set output-env-credentials: false'),
            ];
        if (/^AWS_ENDPOINT_URL(?:_STS)?$/.test(name) && !inputs.has('sts-endpoint'))
            return [
                decision(line, 'has AWS_ENDPOINT_URL or AWS_ENDPOINT_URL_STS set for this step', `${name} is ignored: if AWS STS is to be called there, write the URL into sts-endpoint`),
            ];
        if (/^(?:NODE_EXTRA_CA_CERTS|AWS_CA_BUNDLE)$/.test(name) && !inputs.has('ca-bundle'))
            return [
                decision(line, 'needs a private CA for AWS STS: NODE_EXTRA_CA_CERTS, AWS_CA_BUNDLE', `${name} is ignored: if AWS STS needs that CA, name the file in ca-bundle`),
            ];
        if (/^https?_proxy$/i.test(name) && /^socks/i.test(text))
            return [
                decision(line, 'uses a proxy other than http or https, such as SOCKS', `${name} is ${text}, an error here: use an http proxy`),
            ];
        if (name === 'NODE_TLS_REJECT_UNAUTHORIZED')
            return [
                note(line, 'NODE_EXTRA_CA_CERTS, AWS_CA_BUNDLE, NODE_TLS_REJECT_UNAUTHORIZED', `${name} is ignored for AWS STS`),
            ];
        return [];
    });
}
function isProfileKept({ inputs }, profile) {
    const exports = inputs.get('output-env-credentials')?.text.trim() ?? '';
    if (/^false$/i.test(exports) || inputs.get('aws-profile')?.text === profile)
        return true;
    const hasSource = inputs.has('role-to-assume') || inputs.has('aws-access-key-id');
    return !hasSource || (inputs.has('aws-profile') && exports === '');
}
function ofOldVersions({ inputs, version, line, name }) {
    if (version === undefined && /@[\da-f]{40}$/i.test(name))
        return [note(line, MASKED_ID, 'the version of this commit is not known: v1 and v2 mask the account ID')];
    if (version === undefined || version > 2)
        return [];
    const hasKeys = (inputs.get('aws-access-key-id')?.text ?? '') !== '';
    return [
        ...(inputs.has('mask-aws-account-id')
            ? []
            : [
                decision(line, MASKED_ID, `v${version} masks the account ID in the log: set mask-aws-account-id: true to keep that`),
            ]),
        ...(hasKeys && inputs.has('role-to-assume') && !inputs.has('role-duration-seconds')
            ? [
                decision(line, 'is on v1 or v2 and has access keys and no role-duration-seconds', `v${version} gets sessions of six hours: set role-duration-seconds: 21600 to keep that, or accept an hour`),
            ]
            : []),
    ];
}

;// CONCATENATED MODULE: ../build/core/migration/workflow.js
var _a;


class UnreadableWorkflow extends Error {
}
const workflow_ACTION = new RegExp(`^(?:aws-actions/configure-aws-credentials@.+|aws-role-gate/aws-role-gate@${PLACEHOLDER})$`, 'i');
function usesIn(text) {
    const lines = new dist/* LineCounter */.HN();
    const document = (0,dist/* parseDocument */.Tp)(text, { lineCounter: lines, uniqueKeys: false });
    const [error] = document.errors;
    if (error)
        throw new UnreadableWorkflow(error.message.split('\n')[0]);
    const uses = stepsIn(new Reader(document, lines)).flatMap(({ step, environments, matrix }) => {
        const use = step.scalar('uses');
        const name = String(use?.value ?? '').trim();
        if (!use || !workflow_ACTION.test(name))
            return [];
        const range = rangeOf(use, name, text);
        const { line, col: column } = lines.linePos(range[0]);
        const inputs = new Map([...step.values('with')].map(([key, given]) => [key.toLowerCase(), given]));
        const environment = new Map([...environments, step].flatMap(each => [...each.values('env')]));
        return [
            { line, column, range, name, version: versionOf(name, use.comment ?? ''), inputs, environment, matrix },
        ];
    });
    const isNew = (use, index) => uses.findIndex(each => isSame(each, use)) === index;
    return uses.filter(isNew).toSorted((one, other) => one.range[0] - other.range[0]);
}
function isSame(one, other) {
    const { range, inputs, environment, matrix } = one;
    return (range[0] === other.range[0] &&
        sameValues(inputs, other.inputs) &&
        sameValues(environment, other.environment) &&
        JSON.stringify([...matrix]) === JSON.stringify([...other.matrix]));
}
function sameValues(one, other) {
    return JSON.stringify([...one]) === JSON.stringify([...other]);
}
function rangeOf({ range }, name, text) {
    const start = text.indexOf(name, range?.[0] ?? 0);
    if (start < 0 || start >= (range?.[1] ?? 0))
        throw new UnreadableWorkflow(`${name} is written in escapes`);
    return [start, start + name.length];
}
function versionOf(name, comment) {
    const tag = /@v(\d+)(?:[.-]|$)/.exec(name) ?? /^\s*(?:\S*[=@])?v(\d+)(?:\.|\s|$)/.exec(comment);
    return tag ? Number(tag[1]) : undefined;
}
function stepsIn(root) {
    const ofJobs = root
        .at('jobs')
        .children()
        .flatMap(job => job
        .at('steps')
        .items()
        .map(step => ({
        step,
        environments: [root, job, job.at('container')],
        matrix: matrixOf(job.at('strategy').at('matrix')),
    })));
    const ofAction = root
        .at('runs')
        .at('steps')
        .items()
        .map(step => ({ step, environments: [], matrix: new Map() }));
    return [...ofJobs, ...ofAction];
}
function matrixOf(matrix) {
    const included = matrix.at('include').items();
    const excluded = matrix.at('exclude').items();
    const listed = matrix.entries().flatMap(([name, child]) => {
        const texts = workflow_textsOf(child.items());
        const isExcluded = (text) => excluded.some(row => row.entries().length === 1 && row.at(name).text === text);
        return texts.length === 0 ? [] : [[name, texts.filter(text => !isExcluded(text))]];
    });
    const values = new Map(listed);
    for (const name of new Set(included.flatMap(row => row.entries().map(([key]) => key)))) {
        const texts = workflow_textsOf(included.map(row => row.at(name)));
        const isLacking = listed.length === 0 && texts.length < included.length;
        values.set(name, [...(values.get(name) ?? []), ...texts, ...(isLacking ? [''] : [])]);
    }
    return values;
}
function workflow_textsOf(items) {
    return items.flatMap(({ text }) => text ?? []);
}
function anchorsIn(document) {
    const all = new Map();
    (0,dist/* visit */.YR)(document, {
        Value: (_, node) => {
            if (node.anchor)
                all.set(node.anchor, [...(all.get(node.anchor) ?? []), node]);
        },
    });
    return new Map([...all].flatMap(([name, [node, other]]) => (node && !other ? [[name, node]] : [])));
}
class Reader {
    #document;
    #lines;
    #anchors;
    #node;
    constructor(document, lines, node = document.contents, anchors = anchorsIn(document)) {
        this.#document = document;
        this.#lines = lines;
        this.#anchors = anchors;
        this.#node =
            ((0,dist/* isAlias */.Vj)(node) ? (anchors.get(node.source) ?? node.resolve(document)) : node) ?? null;
    }
    at(name) {
        return this.#child((0,dist/* isMap */.jh)(this.#node) ? this.#node.get(name, true) : null);
    }
    scalar(name) {
        const node = this.at(name).#node;
        return (0,dist/* isScalar */.jn)(node) ? node : undefined;
    }
    get text() {
        return (0,dist/* isScalar */.jn)(this.#node) ? String(this.#node.value ?? '') : undefined;
    }
    entries() {
        if (!(0,dist/* isMap */.jh)(this.#node))
            return [];
        const { items } = this.#node;
        return items.flatMap(({ key, value }) => (0,dist/* isScalar */.jn)(key) ? [[String(key.value), this.#child(value)]] : []);
    }
    children() {
        return this.entries().map(([, child]) => child);
    }
    items() {
        return (0,dist/* isSeq */.oP)(this.#node) ? this.#node.items.map(item => this.#child(item)) : [];
    }
    values(name) {
        return new Map(this.at(name)
            .entries()
            .flatMap(([key, child]) => child.text === undefined ? [] : [[key, { text: child.text, line: child.#line() }]]));
    }
    #child(node) {
        return new _a(this.#document, this.#lines, node ?? null, this.#anchors);
    }
    #line() {
        return this.#lines.linePos(this.#node?.range?.[0] ?? 0).line;
    }
}
_a = Reader;

;// CONCATENATED MODULE: ../build/core/migration/migration.js



function migrate(text, uses) {
    const found = usesIn(text);
    const rewritten = rewrite(text, found, uses);
    if (found.length > 0 && !uses.endsWith(`@${PLACEHOLDER}`) && usesIn(rewritten).length > 0)
        throw new UnreadableWorkflow('a use could not be rewritten');
    return {
        moves: found.map(use => ({ use, remarks: remarks_remarksOn(use) })),
        remarks: found.length > 0 ? expirations(text) : [],
        rewritten,
    };
}
const VERSION_COMMENT = /^["']?[ \t]+#[ \t]*(?:\S*[=@])?(?:v\d+(?:\.\d+)*|\d+(?:\.\d+)+)[ \t]*(?=\r?\n|$|[ \t]#)/;
function rewrite(text, uses, name) {
    let [rewritten, at] = ['', 0];
    for (const [start, end] of new Map(uses.map(({ range }) => [range[0], range])).values()) {
        const [comment = ''] = VERSION_COMMENT.exec(text.slice(end)) ?? [];
        const quote = /^["']/.exec(comment)?.[0] ?? '';
        rewritten += text.slice(at, start) + name + quote;
        at = end + comment.length;
    }
    return rewritten + text.slice(at);
}
function expirations(text) {
    return text.split('\n').flatMap((line, index) => !/^\s*#/.test(line) && /fromJSON\([^)]*\baws-expiration\b/i.test(line)
        ? [
            {
                kind: 'decision',
                line: index + 1,
                row: 'reads aws-expiration with fromJSON',
                message: 'aws-expiration has no quotes here: use it without fromJSON',
            },
        ]
        : []);
}

;// CONCATENATED MODULE: ../build/cli/migrate.js











const MIGRATE_HELP = `migrate PATH…

Says what changes for workflows that use aws-actions/configure-aws-credentials, version 1 to 6.

  PATH      workflows, composite actions, or folders with any number of repositories in them
  --uses    OWNER/REPO@SHA to write (default: the last published release; before the first, a placeholder)
  --write   writes every uses: line, even if decisions are open
  --json    the result as JSON

Exit status: 0 nothing to decide, 1 something to decide, 2 unusable input`;
const migrate_OPTIONS = { uses: 'text', write: 'flag', json: 'flag' };
const UNPUBLISHED = `aws-role-gate/aws-role-gate@${PLACEHOLDER}`;
const DEFAULT_USES = PUBLISHED_SHA ? `aws-role-gate/aws-role-gate@${PUBLISHED_SHA}` : UNPUBLISHED;
const MAY_USE = new RegExp(`aws-actions/configure-aws-credentials|@${PLACEHOLDER}`, 'i');
function migrate_migrate(args, { print, warn, progress }) {
    const { options, files: paths } = parseOptions(args, migrate_OPTIONS, true);
    const { uses = DEFAULT_USES } = options;
    if (uses !== UNPUBLISHED && !/^[\w.-]+\/[\w.-]+@[0-9a-f]{40}$/.test(uses))
        throw new UnusableInput(`--uses ${uses} is not OWNER/REPO@ and the 40 digits of a commit`);
    if (paths.length === 0)
        throw new UnusableInput('no path was given');
    const { files, named, problems: unread } = filesOf(paths);
    const problems = [...unread];
    const migrated = files
        .filter(file => named.has(file) || isRunByGithub(file))
        .flatMap((file, index) => {
        progress(index + 1);
        return migrateFile(file, uses, options.write, problems);
    });
    print(options.json ? migrate_toJson(migrated, problems, uses) : migrate_toText(migrated, uses));
    for (const problem of problems)
        warn(text_escapeControls(problem));
    if (problems.length > 0)
        return EXIT.unusable;
    return totalsOf(migrated, uses).decisions > 0 ? EXIT.found : EXIT.ok;
}
function isRunByGithub(file) {
    return /\/(?:\.github\/workflows\/[^/]+|action)\.ya?ml$/i.test((0,external_node_path_namespaceObject.resolve)(file).replaceAll('\\', '/'));
}
function migrateFile(file, uses, writes, problems) {
    try {
        const bytes = (0,external_node_fs_namespaceObject.readFileSync)(file);
        const text = bytes.toString('utf8');
        if (!MAY_USE.test(text))
            return [];
        if (!Buffer.from(text, 'utf8').equals(bytes))
            throw new UnreadableWorkflow('it is not UTF-8');
        const migration = migrate(text, uses);
        if (migration.moves.length === 0)
            return [];
        return [{ file, migration, isWritten: writes && isWritten(file, migration.rewritten, problems) }];
    }
    catch (error) {
        problems.push(`${file} can't be read: ${reasonOf(error)}`);
        return [];
    }
}
function isWritten(file, text, problems) {
    try {
        (0,external_node_fs_namespaceObject.writeFileSync)(file, text);
        return true;
    }
    catch (error) {
        problems.push(`${file} can't be written: ${reasonOf(error)}`);
        return false;
    }
}
function remarksIn({ moves, remarks }) {
    return [...moves.flatMap(move => move.remarks), ...remarks];
}
function decisionsOf(migration) {
    return remarksIn(migration).filter(({ kind }) => kind === 'decision').length;
}
function migrate_toText(migrated, uses) {
    const lines = migrated.flatMap(({ file, migration }) => {
        const place = text_escapeControls(file);
        const remarkLines = (remarks) => remarks.map(({ kind, line, row, message }) => `${place}:${line}: ${kind}: ${text_escapeControls(message)} [${row}]`);
        return [
            ...migration.moves.flatMap(({ use, remarks }) => [
                `${place}:${use.line}: ${text_escapeControls(use.name)} → ${uses}`,
                ...remarkLines(remarks),
            ]),
            ...remarkLines(migration.remarks),
        ];
    });
    return [
        ...lines,
        ...(migrated.length > 0
            ? ['Check yourself whether any of these applies:', ...UNSEEN_ROWS.map(row => `- [${row}]`)]
            : []),
        ...(uses === UNPUBLISHED && migrated.length > 0
            ? ['decision: choose the commit to use, and give it as --uses OWNER/REPO@SHA']
            : []),
        summaryOf(migrated, uses),
    ].join('\n');
}
function summaryOf(migrated, target) {
    const { uses, files, repositories, withDecisions, written } = totalsOf(migrated, target);
    if (uses === 0)
        return 'no use of aws-actions/configure-aws-credentials';
    return `${count(uses, 'use')} in ${count(files, 'file')} of ${count(repositories, 'repository', 'repositories')}: ${count(files - withDecisions, 'file needs', 'files need')} one line per use, ${count(withDecisions, 'file needs', 'files need')} a decision${written > 0 ? `; ${count(written, 'file')} written` : ''}. [Rows] are those of docs/migration.md`;
}
function totalsOf(migrated, target) {
    const isOpen = target === UNPUBLISHED && migrated.length > 0;
    return {
        repositories: repositoriesOf(migrated.map(({ file }) => file.replaceAll('\\', '/'))).size,
        files: migrated.length,
        uses: migrated.flatMap(({ migration }) => migration.moves).length,
        decisions: migrated.reduce((sum, { migration }) => sum + decisionsOf(migration), isOpen ? 1 : 0),
        withDecisions: migrated.filter(({ migration }) => decisionsOf(migration) > 0).length,
        written: migrated.filter(({ isWritten }) => isWritten).length,
    };
}
function repositoriesOf(files) {
    const isWorkflow = (file) => /(?:^|\/)\.github\//.test(file);
    const roots = files.filter(isWorkflow).map(file => file.replace(/\.github\/.*$/s, ''));
    const ofActions = files
        .filter(file => !isWorkflow(file))
        .map(file => roots.find(root => file.startsWith(root)) ?? file.replace(/[^/]*$/, ''));
    return new Set([...roots, ...ofActions]);
}
function migrate_toJson(migrated, problems, uses) {
    const result = {
        uses: uses === UNPUBLISHED ? null : uses,
        totals: totalsOf(migrated, uses),
        files: migrated.map(({ file, migration, isWritten }) => ({
            file,
            written: isWritten,
            moves: migration.moves.map(({ use, remarks }) => ({
                line: use.line,
                column: use.column,
                from: use.name,
                remarks,
            })),
            remarks: migration.remarks,
        })),
        problems,
    };
    return JSON.stringify(result, undefined, 2);
}

;// CONCATENATED MODULE: ../build/cli/main.js





const COMMANDS = {
    explain: { help: EXPLAIN_HELP, run: explain },
    lint: { help: LINT_HELP, run: lint },
    migrate: { help: MIGRATE_HELP, run: migrate_migrate },
};
const HELP = `Checks IAM trust policies for GitHub Actions and other OIDC issuers, and migrates workflows. Makes no network requests.

  explain   whether a trust policy allows a token, and why
  lint      what is weak in one or more trust policies
  migrate   what changes for workflows that use aws-actions/configure-aws-credentials

Each command has --help.`;
function main_main([name = '', ...args], output) {
    const { print, warn } = output;
    const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (!command) {
        const isHelp = name === '--help' && args.length === 0;
        if (isHelp)
            print(HELP);
        else
            warn(`${name === '' ? 'no command' : `unknown command ${text_escapeControls(name)}`}\n\n${HELP}`);
        return isHelp ? EXIT.ok : EXIT.unusable;
    }
    if (args.includes('--help')) {
        print(command.help);
        return EXIT.ok;
    }
    try {
        return command.run(args, output);
    }
    catch (error) {
        if (!(error instanceof UnusableInput))
            throw error;
        warn(`${text_escapeControls(error.message)}\n${name} --help lists the options`);
        return EXIT.unusable;
    }
}

;// CONCATENATED MODULE: ../build/cli.js

const { stdout, stderr } = process;
let isShowingProgress = false;
process.exitCode = main_main(process.argv.slice(2), {
    print: text => {
        clearProgress();
        stdout.write(`${text}\n`);
    },
    warn: text => {
        clearProgress();
        stderr.write(`${text}\n`);
    },
    progress: done => {
        if (!stderr.isTTY || done % 500 !== 0)
            return;
        stderr.write(`\r${done} checked`);
        isShowingProgress = true;
    },
});
function clearProgress() {
    if (isShowingProgress)
        stderr.write('\r\u001b[K');
    isShowingProgress = false;
}

})();

module.exports = __webpack_exports__;
/******/ })()
;