import type { AvroRecord } from '@ess/schemas/avro-schema.ts';
import { describe, expect, test } from '@jest/globals';
import { formatProblem } from '../text/problem.ts';
import { compileMapping } from './mapping.ts';
import type { MappingFile } from './mapping-file.ts';

const RULE: AvroRecord = {
  type: 'record',
  name: 'Rule',
  fields: [
    { name: 'scope', type: 'string' },
    { name: 'title', type: 'string' },
    { name: 'version', type: 'long' },
    {
      name: 'beds',
      type: {
        type: 'array',
        items: {
          type: 'record',
          name: 'Bed',
          fields: [
            { name: 'code', type: 'string' },
            { name: 'count', type: ['null', 'int'] },
          ],
        },
      },
    },
    { name: 'wards', type: { type: 'array', items: 'Bed' } },
    { name: 'tags', type: { type: 'array', items: 'string' } },
  ],
};

describe('what can never be is found, with the remedy', () => {
  test.each<[string, MappingFile, string]>([
    [
      'a number in a target',
      { fields: { title: 'items.0.kind' } },
      'fields.title: "items.0.kind" would make an object with the name "0", not a list (write items[0].kind for an element of a list, or items["0"].kind for the name)',
    ],
    [
      'a bracket',
      { fields: { title: 'items[x]' } },
      'fields.title: "items[x]" has a bracket that is none of [0], [] and ["a name"] (count elements from 0, and put a name into double quotes)',
    ],
    [
      'a list into one place',
      { fields: { 'tags[]': 'tag' } },
      'fields["tags[]"]: "tags[]" has a value for each element, and "tag" has a place for one (write [] where the elements go, e.g. "tag[]"; or take one of them, with [0])',
    ],
    [
      'one value into each place',
      { fields: { title: 'items[].name' } },
      'fields.title: "items[].name" has a place for each element of a list, and "title" is no such list (write [0] for a list of one)',
    ],
    [
      'a list without brackets',
      { fields: { 'wards.code': 'x' } },
      'fields["wards.code"]: "wards" is a list (use "wards[].code" for each element, or "wards[0].code" for one)',
    ],
    [
      'brackets without a list',
      { fields: { 'title[0]': 'x' } },
      'fields["title[0]"]: "title" is no list (use "title")',
    ],
    [
      'a list of two lists',
      { fields: { 'wards[].code': 'l[].a', 'beds[].code': 'l[].b' } },
      'fields["beds[].code"]: "l[]" is filled from "wards[]" by "wards[].code", and here from "beds[]" (fill each list from one list)',
    ],
    [
      'each and one element of a list',
      { fields: { 'tags[]': 'l[]', title: 'l[0]' } },
      'fields.title: "l[0]" cannot be sent beside "l[]" (from "tags[]"): one place cannot be an element, each element and a name at once (use the same step in both: a name, [0] or [])',
    ],
    [
      'a list and an object',
      { fields: { scope: 'l.a', title: 'l[0]' } },
      'fields.title: "l[0]" cannot be sent beside "l.a" (from "scope"): one place cannot be an element, each element and a name at once (use the same step in both: a name, [0] or [])',
    ],
    [
      'a document that would be a list',
      { fields: { 'tags[]': '[].a' } },
      'fields["tags[]"]: "[].a" begins with a list, and a document is an object (begin with a name, e.g. "items[].kind")',
    ],
    [
      'a constant in the first element of nothing',
      { fields: { title: 't' }, constants: { '[0]': 1 } },
      'constants["[0]"]: "[0]" begins with a list, and a document is an object (begin with a name, e.g. "items[].kind")',
    ],
    [
      'an element and a name of digits',
      { fields: { scope: 'l["0"]', title: 'l[0]' } },
      'fields.title: "l[0]" cannot be sent beside "l["0"]" (from "scope"): one place cannot be an element, each element and a name at once (use the same step in both: a name, [0] or [])',
    ],
    [
      'a dictionary for a list',
      { fields: { tags: 't' }, values: { tags: { a: 1 } } },
      'values.tags.a: a dictionary is for single values, and the field is array (write it for the elements, with "[]", or for a field inside; or leave it out)',
    ],
    [
      'a joined text with an object in it',
      { fields: { title: { to: 't', join: ['title', 'scope'] } }, values: { scope: { Hospital: { code: 1 } } } },
      'fields.title.join[1]: the dictionary of "scope" holds a list or an object, which no text is made of (join another field, or map it by itself)',
    ],
    [
      'a gap',
      { fields: { scope: 'l[0]', title: 'l[2]' } },
      'fields.title: "l[2]" is written, and "l[1]" is not (number the elements from 0, without gaps)',
    ],
    [
      'a constant in a list that nothing fills',
      { fields: { title: 't' }, constants: { 'l[].unit': 1 } },
      'constants["l[].unit"]: no field fills "l[]" (write "l[0]", or map a list to it)',
    ],
    [
      'a constant in the place of a field',
      { fields: { title: 't' }, constants: { t: 1 } },
      'constants.t: "t" is already the target of "title" (give each source its own target)',
    ],
    [
      'a default in the place of a constant',
      { fields: { title: 't' }, constants: { a: 1 }, defaults: { a: 2 } },
      'defaults.a: "a" is already the target of "constants.a" (give each source its own target)',
    ],
    [
      'a default that is no list for a list',
      { fields: { 'tags[]': 'l[]' }, defaults: { l: 'none' } },
      'defaults.l: "l" cannot be sent beside "l[]" (from "tags[]"): "l" cannot be a value and contain "l[]" (rename one of them, e.g. "l.value")',
    ],
    [
      'a condition on a field that is not there',
      { fields: { title: { to: 't', when: { scpe: 'x' } } } },
      'fields.title.when.scpe: unknown source field "scpe" (did you mean "scope"?)',
    ],
    [
      'a condition on elements of what is no list',
      { fields: { title: { to: 't', when: 'scope[].kind' } } },
      'fields.title.when: "scope" is no list (use "scope")',
    ],
    [
      'elements of what is no list, joined',
      { fields: { title: { to: 't', join: ['title', 'scope[]'] } } },
      'fields.title.join[1]: "scope" is no list (use "scope")',
    ],
    [
      'a misspelt field that is joined with another',
      { fields: { titel: { to: 't', join: ['titel', 'scope'] } } },
      'fields.titel: unknown source field "titel" (did you mean "title"?)',
    ],
    [
      'a condition that no record meets',
      { fields: { title: { to: 't', when: { version: 'x' } } } },
      'fields.title.when.version: the field is a number, "x" is a string (write a whole number from -9223372036854775808 to 9223372036854775807, in quotes beyond 2^53)',
    ],
    [
      'a condition on an element elsewhere',
      { fields: { title: { to: 't', when: 'tags[]' } } },
      'fields.title.when: "tags[]" is not in the same element as "title" (name one that is not in a list, or one element with [0])',
    ],
    [
      'a text that is joined without itself',
      { fields: { title: { to: 't', join: ['scope'] } } },
      'fields.title.join: "title", after which the line is named, is not joined (add "title")',
    ],
    [
      'a text that is joined of a list',
      { fields: { title: { to: 't', join: ['title', 'tags'] } } },
      'fields.title.join[1]: "tags" is a list, which no text is made of (name a field inside it, or one element)',
    ],
    [
      'a text that is joined of another list',
      { fields: { 'beds[].code': { to: 'b[].t', join: ['beds[].code', 'wards[].code'] } } },
      'fields["beds[].code"].join[1]: "wards[].code" is not in the same element as "beds[].code" (name a field of "beds[]")',
    ],
    [
      'a form of a joined text',
      { fields: { title: { to: 't', join: ['title'], as: 'number' } } },
      'fields.title.as: a joined text has no other form (remove "as")',
    ],
  ])('%s', (_, file, complaint) => {
    expect(compileMapping(file, RULE).problems.map(formatProblem)).toEqual([`mapping.json ${complaint}`]);
  });

  test.each<[string, MappingFile, string]>([
    [
      'a joined text',
      { fields: { title: { to: 't', join: ['title', 'scope'] } } },
      'fields.title.join: a door cannot take a joined text apart again (give each field a place of its own)',
    ],
    [
      'a condition',
      { fields: { title: { to: 't', when: { scope: 'x' } } } },
      'fields.title.when: a door has no record yet that "when" could look at (remove "when")',
    ],
    [
      'a gap in the record',
      { fields: { 'tags[1]': 't' } },
      'fields["tags[1]"]: "tags[1]" is written, and "tags[0]" is not (number the elements from 0, without gaps)',
    ],
    [
      'a list of the record that two lists fill',
      { fields: { 'wards[].code': 'a[]', 'wards[].count': 'b[]' } },
      'fields["wards[].count"]: "wards[]" is filled from "a[]" by "wards[].code", and here from "b[]" (fill each list from one list)',
    ],
  ])('for a door: %s', (_, file, complaint) => {
    const { problems } = compileMapping(file, RULE, { invertible: true });
    expect(problems.map(formatProblem)).toEqual([`mapping.json ${complaint}`]);
  });
});
