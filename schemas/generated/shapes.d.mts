// Generated from the JSON Schemas by `node schemas/generate.ts`. Do not edit.
import type { ValidateFunction } from 'ajv';

export const connector: ValidateFunction;
export const mapping: ValidateFunction;
