// Generated from the JSON Schemas by `node schemas/generate.ts`. Do not edit.
import connectorSchema from '../connector.schema.json' with { type: 'json' };
import mappingSchema from '../mapping.schema.json' with { type: 'json' };

export const connector = validate10;
const schema11 = connectorSchema;
const func2 = Object.prototype.hasOwnProperty;
import { default as func4Module } from 'ajv/dist/runtime/ucs2length.js';
const func4 = func4Module.default;
import { default as func0Module } from 'ajv/dist/runtime/equal.js';
const func0 = func0Module.default;
const pattern0 = new RegExp("^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", "u");
const pattern1 = new RegExp("^[A-Za-z0-9._-]+$", "u");
const pattern2 = new RegExp("^[A-Za-z0-9._:$-]+$", "u");
const pattern3 = new RegExp("^[A-Za-z0-9][A-Za-z0-9._-]*\\.json$", "u");
const pattern4 = new RegExp("^[A-Za-z0-9-]+$", "u");
const pattern5 = new RegExp("^[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+( *; *[A-Za-z0-9-]+=(\"[A-Za-z0-9 /_.+-]*\"|[A-Za-z0-9_.+-]+))*$", "u");
const pattern7 = new RegExp("^[345][0-9][0-9]$", "u");
const pattern11 = new RegExp("^/[A-Za-z0-9._~/-]*$", "u");
const pattern15 = new RegExp("^[A-Za-z0-9._:-]+$", "u");
const pattern18 = new RegExp("^(sha256:[0-9a-f]{64}|\\$\\{[A-Z][A-Z0-9_]*(:-none)?\\})$", "u");

function validate10(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
/*# sourceURL="connector" */;
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.partner === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "partner"},message:"must have required property '"+"partner"+"'",schema:schema11.required,parentSchema:schema11,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(data.source === undefined){
const err1 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "source"},message:"must have required property '"+"source"+"'",schema:schema11.required,parentSchema:schema11,data};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(data.mapping === undefined){
const err2 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "mapping"},message:"must have required property '"+"mapping"+"'",schema:schema11.required,parentSchema:schema11,data};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
for(const key0 in data){
if(!(func2.call(schema11.properties, key0))){
const err3 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties",schema:false,parentSchema:schema11,data};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
if(data.partner !== undefined){
let data0 = data.partner;
if(typeof data0 === "string"){
if(!pattern0.test(data0)){
const err4 = {instancePath:instancePath+"/partner",schemaPath:"#/properties/partner/pattern",keyword:"pattern",params:{pattern: "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"},message:"must match pattern \""+"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"+"\"",schema:"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$",parentSchema:schema11.properties.partner,data:data0};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
else {
const err5 = {instancePath:instancePath+"/partner",schemaPath:"#/properties/partner/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.partner.type,parentSchema:schema11.properties.partner,data:data0};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
if(data.source !== undefined){
let data1 = data.source;
if(data1 && typeof data1 == "object" && !Array.isArray(data1)){
if(data1.topic === undefined){
const err6 = {instancePath:instancePath+"/source",schemaPath:"#/properties/source/required",keyword:"required",params:{missingProperty: "topic"},message:"must have required property '"+"topic"+"'",schema:schema11.properties.source.required,parentSchema:schema11.properties.source,data:data1};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
for(const key1 in data1){
if(!(((((key1 === "topic") || (key1 === "subject")) || (key1 === "where")) || (key1 === "key")) || (key1 === "version"))){
const err7 = {instancePath:instancePath+"/source",schemaPath:"#/properties/source/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key1},message:"must NOT have additional properties",schema:false,parentSchema:schema11.properties.source,data:data1};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
}
if(data1.topic !== undefined){
let data2 = data1.topic;
if(typeof data2 === "string"){
if(!pattern1.test(data2)){
const err8 = {instancePath:instancePath+"/source/topic",schemaPath:"#/properties/source/properties/topic/pattern",keyword:"pattern",params:{pattern: "^[A-Za-z0-9._-]+$"},message:"must match pattern \""+"^[A-Za-z0-9._-]+$"+"\"",schema:"^[A-Za-z0-9._-]+$",parentSchema:schema11.properties.source.properties.topic,data:data2};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
else {
const err9 = {instancePath:instancePath+"/source/topic",schemaPath:"#/properties/source/properties/topic/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.source.properties.topic.type,parentSchema:schema11.properties.source.properties.topic,data:data2};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
}
if(data1.subject !== undefined){
let data3 = data1.subject;
if(typeof data3 === "string"){
if(!pattern2.test(data3)){
const err10 = {instancePath:instancePath+"/source/subject",schemaPath:"#/properties/source/properties/subject/pattern",keyword:"pattern",params:{pattern: "^[A-Za-z0-9._:$-]+$"},message:"must match pattern \""+"^[A-Za-z0-9._:$-]+$"+"\"",schema:"^[A-Za-z0-9._:$-]+$",parentSchema:schema11.properties.source.properties.subject,data:data3};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
}
else {
const err11 = {instancePath:instancePath+"/source/subject",schemaPath:"#/properties/source/properties/subject/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.source.properties.subject.type,parentSchema:schema11.properties.source.properties.subject,data:data3};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
}
if(data1.where !== undefined){
let data4 = data1.where;
if(data4 && typeof data4 == "object" && !Array.isArray(data4)){
if(Object.keys(data4).length > 100){
const err12 = {instancePath:instancePath+"/source/where",schemaPath:"#/properties/source/properties/where/maxProperties",keyword:"maxProperties",params:{limit: 100},message:"must NOT have more than 100 properties",schema:100,parentSchema:schema11.properties.source.properties.where,data:data4};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
for(const key2 in data4){
let data5 = data4[key2];
if(((((typeof data5 !== "string") && (!((typeof data5 == "number") && (isFinite(data5))))) && (typeof data5 !== "boolean")) && (data5 !== null)) && (!(Array.isArray(data5)))){
const err13 = {instancePath:instancePath+"/source/where/" + key2.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/source/properties/where/additionalProperties/type",keyword:"type",params:{type: schema11.properties.source.properties.where.additionalProperties.type},message:"must be string,number,boolean,null,array",schema:schema11.properties.source.properties.where.additionalProperties.type,parentSchema:schema11.properties.source.properties.where.additionalProperties,data:data5};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
}
if(Array.isArray(data5)){
if(data5.length < 1){
const err14 = {instancePath:instancePath+"/source/where/" + key2.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/source/properties/where/additionalProperties/minItems",keyword:"minItems",params:{limit: 1},message:"must NOT have fewer than 1 items",schema:1,parentSchema:schema11.properties.source.properties.where.additionalProperties,data:data5};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
const len0 = data5.length;
for(let i0=0; i0<len0; i0++){
let data6 = data5[i0];
if((((typeof data6 !== "string") && (!((typeof data6 == "number") && (isFinite(data6))))) && (typeof data6 !== "boolean")) && (data6 !== null)){
const err15 = {instancePath:instancePath+"/source/where/" + key2.replace(/~/g, "~0").replace(/\//g, "~1")+"/" + i0,schemaPath:"#/properties/source/properties/where/additionalProperties/items/type",keyword:"type",params:{type: schema11.properties.source.properties.where.additionalProperties.items.type},message:"must be string,number,boolean,null",schema:schema11.properties.source.properties.where.additionalProperties.items.type,parentSchema:schema11.properties.source.properties.where.additionalProperties.items,data:data6};
if(vErrors === null){
vErrors = [err15];
}
else {
vErrors.push(err15);
}
errors++;
}
}
}
}
}
else {
const err16 = {instancePath:instancePath+"/source/where",schemaPath:"#/properties/source/properties/where/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.properties.source.properties.where.type,parentSchema:schema11.properties.source.properties.where,data:data4};
if(vErrors === null){
vErrors = [err16];
}
else {
vErrors.push(err16);
}
errors++;
}
}
if(data1.key !== undefined){
let data7 = data1.key;
if(typeof data7 !== "string"){
const err17 = {instancePath:instancePath+"/source/key",schemaPath:"#/properties/source/properties/key/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.source.properties.key.type,parentSchema:schema11.properties.source.properties.key,data:data7};
if(vErrors === null){
vErrors = [err17];
}
else {
vErrors.push(err17);
}
errors++;
}
}
if(data1.version !== undefined){
let data8 = data1.version;
if(typeof data8 !== "string"){
const err18 = {instancePath:instancePath+"/source/version",schemaPath:"#/properties/source/properties/version/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.source.properties.version.type,parentSchema:schema11.properties.source.properties.version,data:data8};
if(vErrors === null){
vErrors = [err18];
}
else {
vErrors.push(err18);
}
errors++;
}
}
}
else {
const err19 = {instancePath:instancePath+"/source",schemaPath:"#/properties/source/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.properties.source.type,parentSchema:schema11.properties.source,data:data1};
if(vErrors === null){
vErrors = [err19];
}
else {
vErrors.push(err19);
}
errors++;
}
}
if(data.mapping !== undefined){
let data9 = data.mapping;
if(typeof data9 === "string"){
if(!pattern3.test(data9)){
const err20 = {instancePath:instancePath+"/mapping",schemaPath:"#/properties/mapping/pattern",keyword:"pattern",params:{pattern: "^[A-Za-z0-9][A-Za-z0-9._-]*\\.json$"},message:"must match pattern \""+"^[A-Za-z0-9][A-Za-z0-9._-]*\\.json$"+"\"",schema:"^[A-Za-z0-9][A-Za-z0-9._-]*\\.json$",parentSchema:schema11.properties.mapping,data:data9};
if(vErrors === null){
vErrors = [err20];
}
else {
vErrors.push(err20);
}
errors++;
}
}
else {
const err21 = {instancePath:instancePath+"/mapping",schemaPath:"#/properties/mapping/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.mapping.type,parentSchema:schema11.properties.mapping,data:data9};
if(vErrors === null){
vErrors = [err21];
}
else {
vErrors.push(err21);
}
errors++;
}
}
if(data.deliver !== undefined){
let data10 = data.deliver;
if(data10 && typeof data10 == "object" && !Array.isArray(data10)){
if(data10.url === undefined){
const err22 = {instancePath:instancePath+"/deliver",schemaPath:"#/properties/deliver/required",keyword:"required",params:{missingProperty: "url"},message:"must have required property '"+"url"+"'",schema:schema11.properties.deliver.required,parentSchema:schema11.properties.deliver,data:data10};
if(vErrors === null){
vErrors = [err22];
}
else {
vErrors.push(err22);
}
errors++;
}
for(const key3 in data10){
if(!(func2.call(schema11.properties.deliver.properties, key3))){
const err23 = {instancePath:instancePath+"/deliver",schemaPath:"#/properties/deliver/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key3},message:"must NOT have additional properties",schema:false,parentSchema:schema11.properties.deliver,data:data10};
if(vErrors === null){
vErrors = [err23];
}
else {
vErrors.push(err23);
}
errors++;
}
}
if(data10.url !== undefined){
let data11 = data10.url;
if(typeof data11 === "string"){
if(func4(data11) < 1){
const err24 = {instancePath:instancePath+"/deliver/url",schemaPath:"#/properties/deliver/properties/url/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters",schema:1,parentSchema:schema11.properties.deliver.properties.url,data:data11};
if(vErrors === null){
vErrors = [err24];
}
else {
vErrors.push(err24);
}
errors++;
}
}
else {
const err25 = {instancePath:instancePath+"/deliver/url",schemaPath:"#/properties/deliver/properties/url/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.deliver.properties.url.type,parentSchema:schema11.properties.deliver.properties.url,data:data11};
if(vErrors === null){
vErrors = [err25];
}
else {
vErrors.push(err25);
}
errors++;
}
}
if(data10.method !== undefined){
let data12 = data10.method;
if(typeof data12 !== "string"){
const err26 = {instancePath:instancePath+"/deliver/method",schemaPath:"#/properties/deliver/properties/method/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.deliver.properties.method.type,parentSchema:schema11.properties.deliver.properties.method,data:data12};
if(vErrors === null){
vErrors = [err26];
}
else {
vErrors.push(err26);
}
errors++;
}
if(!((((data12 === "POST") || (data12 === "PUT")) || (data12 === "PATCH")) || (data12 === "DELETE"))){
const err27 = {instancePath:instancePath+"/deliver/method",schemaPath:"#/properties/deliver/properties/method/enum",keyword:"enum",params:{allowedValues: schema11.properties.deliver.properties.method.enum},message:"must be equal to one of the allowed values",schema:schema11.properties.deliver.properties.method.enum,parentSchema:schema11.properties.deliver.properties.method,data:data12};
if(vErrors === null){
vErrors = [err27];
}
else {
vErrors.push(err27);
}
errors++;
}
}
if(data10.headers !== undefined){
let data13 = data10.headers;
if(data13 && typeof data13 == "object" && !Array.isArray(data13)){
if(Object.keys(data13).length > 50){
const err28 = {instancePath:instancePath+"/deliver/headers",schemaPath:"#/properties/deliver/properties/headers/maxProperties",keyword:"maxProperties",params:{limit: 50},message:"must NOT have more than 50 properties",schema:50,parentSchema:schema11.properties.deliver.properties.headers,data:data13};
if(vErrors === null){
vErrors = [err28];
}
else {
vErrors.push(err28);
}
errors++;
}
if(Object.keys(data13).length < 1){
const err29 = {instancePath:instancePath+"/deliver/headers",schemaPath:"#/properties/deliver/properties/headers/minProperties",keyword:"minProperties",params:{limit: 1},message:"must NOT have fewer than 1 properties",schema:1,parentSchema:schema11.properties.deliver.properties.headers,data:data13};
if(vErrors === null){
vErrors = [err29];
}
else {
vErrors.push(err29);
}
errors++;
}
for(const key4 in data13){
const _errs33 = errors;
if(typeof key4 === "string"){
if(!pattern4.test(key4)){
const err30 = {instancePath:instancePath+"/deliver/headers",schemaPath:"#/properties/deliver/properties/headers/propertyNames/pattern",keyword:"pattern",params:{pattern: "^[A-Za-z0-9-]+$"},message:"must match pattern \""+"^[A-Za-z0-9-]+$"+"\"",schema:"^[A-Za-z0-9-]+$",parentSchema:schema11.properties.deliver.properties.headers.propertyNames,data:key4,propertyName:key4};
if(vErrors === null){
vErrors = [err30];
}
else {
vErrors.push(err30);
}
errors++;
}
}
var valid6 = _errs33 === errors;
if(!valid6){
const err31 = {instancePath:instancePath+"/deliver/headers",schemaPath:"#/properties/deliver/properties/headers/propertyNames",keyword:"propertyNames",params:{propertyName: key4},message:"property name must be valid",schema:schema11.properties.deliver.properties.headers.propertyNames,parentSchema:schema11.properties.deliver.properties.headers,data:data13};
if(vErrors === null){
vErrors = [err31];
}
else {
vErrors.push(err31);
}
errors++;
}
}
for(const key5 in data13){
let data14 = data13[key5];
if(typeof data14 === "string"){
if(func4(data14) < 1){
const err32 = {instancePath:instancePath+"/deliver/headers/" + key5.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/deliver/properties/headers/additionalProperties/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters",schema:1,parentSchema:schema11.properties.deliver.properties.headers.additionalProperties,data:data14};
if(vErrors === null){
vErrors = [err32];
}
else {
vErrors.push(err32);
}
errors++;
}
}
else {
const err33 = {instancePath:instancePath+"/deliver/headers/" + key5.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/deliver/properties/headers/additionalProperties/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.deliver.properties.headers.additionalProperties.type,parentSchema:schema11.properties.deliver.properties.headers.additionalProperties,data:data14};
if(vErrors === null){
vErrors = [err33];
}
else {
vErrors.push(err33);
}
errors++;
}
}
}
else {
const err34 = {instancePath:instancePath+"/deliver/headers",schemaPath:"#/properties/deliver/properties/headers/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.properties.deliver.properties.headers.type,parentSchema:schema11.properties.deliver.properties.headers,data:data13};
if(vErrors === null){
vErrors = [err34];
}
else {
vErrors.push(err34);
}
errors++;
}
}
if(data10.contentType !== undefined){
let data15 = data10.contentType;
if(typeof data15 === "string"){
if(!pattern5.test(data15)){
const err35 = {instancePath:instancePath+"/deliver/contentType",schemaPath:"#/properties/deliver/properties/contentType/pattern",keyword:"pattern",params:{pattern: "^[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+( *; *[A-Za-z0-9-]+=(\"[A-Za-z0-9 /_.+-]*\"|[A-Za-z0-9_.+-]+))*$"},message:"must match pattern \""+"^[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+( *; *[A-Za-z0-9-]+=(\"[A-Za-z0-9 /_.+-]*\"|[A-Za-z0-9_.+-]+))*$"+"\"",schema:"^[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+( *; *[A-Za-z0-9-]+=(\"[A-Za-z0-9 /_.+-]*\"|[A-Za-z0-9_.+-]+))*$",parentSchema:schema11.properties.deliver.properties.contentType,data:data15};
if(vErrors === null){
vErrors = [err35];
}
else {
vErrors.push(err35);
}
errors++;
}
}
else {
const err36 = {instancePath:instancePath+"/deliver/contentType",schemaPath:"#/properties/deliver/properties/contentType/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.deliver.properties.contentType.type,parentSchema:schema11.properties.deliver.properties.contentType,data:data15};
if(vErrors === null){
vErrors = [err36];
}
else {
vErrors.push(err36);
}
errors++;
}
}
if(data10.body !== undefined){
let data16 = data10.body;
if(typeof data16 !== "string"){
const err37 = {instancePath:instancePath+"/deliver/body",schemaPath:"#/properties/deliver/properties/body/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.deliver.properties.body.type,parentSchema:schema11.properties.deliver.properties.body,data:data16};
if(vErrors === null){
vErrors = [err37];
}
else {
vErrors.push(err37);
}
errors++;
}
if(!((data16 === "json") || (data16 === "form"))){
const err38 = {instancePath:instancePath+"/deliver/body",schemaPath:"#/properties/deliver/properties/body/enum",keyword:"enum",params:{allowedValues: schema11.properties.deliver.properties.body.enum},message:"must be equal to one of the allowed values",schema:schema11.properties.deliver.properties.body.enum,parentSchema:schema11.properties.deliver.properties.body,data:data16};
if(vErrors === null){
vErrors = [err38];
}
else {
vErrors.push(err38);
}
errors++;
}
}
if(data10.allow !== undefined){
let data17 = data10.allow;
if(Array.isArray(data17)){
const len1 = data17.length;
for(let i1=0; i1<len1; i1++){
let data18 = data17[i1];
if(typeof data18 !== "string"){
const err39 = {instancePath:instancePath+"/deliver/allow/" + i1,schemaPath:"#/properties/deliver/properties/allow/items/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.deliver.properties.allow.items.type,parentSchema:schema11.properties.deliver.properties.allow.items,data:data18};
if(vErrors === null){
vErrors = [err39];
}
else {
vErrors.push(err39);
}
errors++;
}
}
}
else {
const err40 = {instancePath:instancePath+"/deliver/allow",schemaPath:"#/properties/deliver/properties/allow/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema11.properties.deliver.properties.allow.type,parentSchema:schema11.properties.deliver.properties.allow,data:data17};
if(vErrors === null){
vErrors = [err40];
}
else {
vErrors.push(err40);
}
errors++;
}
}
if(data10.concurrency !== undefined){
let data19 = data10.concurrency;
if(!(((typeof data19 == "number") && (!(data19 % 1) && !isNaN(data19))) && (isFinite(data19)))){
const err41 = {instancePath:instancePath+"/deliver/concurrency",schemaPath:"#/properties/deliver/properties/concurrency/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema11.properties.deliver.properties.concurrency.type,parentSchema:schema11.properties.deliver.properties.concurrency,data:data19};
if(vErrors === null){
vErrors = [err41];
}
else {
vErrors.push(err41);
}
errors++;
}
if((typeof data19 == "number") && (isFinite(data19))){
if(data19 > 1024 || isNaN(data19)){
const err42 = {instancePath:instancePath+"/deliver/concurrency",schemaPath:"#/properties/deliver/properties/concurrency/maximum",keyword:"maximum",params:{comparison: "<=", limit: 1024},message:"must be <= 1024",schema:1024,parentSchema:schema11.properties.deliver.properties.concurrency,data:data19};
if(vErrors === null){
vErrors = [err42];
}
else {
vErrors.push(err42);
}
errors++;
}
if(data19 < 1 || isNaN(data19)){
const err43 = {instancePath:instancePath+"/deliver/concurrency",schemaPath:"#/properties/deliver/properties/concurrency/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1},message:"must be >= 1",schema:1,parentSchema:schema11.properties.deliver.properties.concurrency,data:data19};
if(vErrors === null){
vErrors = [err43];
}
else {
vErrors.push(err43);
}
errors++;
}
}
}
if(data10.http2 !== undefined){
let data20 = data10.http2;
if(!((data20 === "never") || (data20 === "auto"))){
const err44 = {instancePath:instancePath+"/deliver/http2",schemaPath:"#/properties/deliver/properties/http2/enum",keyword:"enum",params:{allowedValues: schema11.properties.deliver.properties.http2.enum},message:"must be equal to one of the allowed values",schema:schema11.properties.deliver.properties.http2.enum,parentSchema:schema11.properties.deliver.properties.http2,data:data20};
if(vErrors === null){
vErrors = [err44];
}
else {
vErrors.push(err44);
}
errors++;
}
}
if(data10.pipelining !== undefined){
let data21 = data10.pipelining;
if(!(((typeof data21 == "number") && (!(data21 % 1) && !isNaN(data21))) && (isFinite(data21)))){
const err45 = {instancePath:instancePath+"/deliver/pipelining",schemaPath:"#/properties/deliver/properties/pipelining/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema11.properties.deliver.properties.pipelining.type,parentSchema:schema11.properties.deliver.properties.pipelining,data:data21};
if(vErrors === null){
vErrors = [err45];
}
else {
vErrors.push(err45);
}
errors++;
}
if((typeof data21 == "number") && (isFinite(data21))){
if(data21 > 100 || isNaN(data21)){
const err46 = {instancePath:instancePath+"/deliver/pipelining",schemaPath:"#/properties/deliver/properties/pipelining/maximum",keyword:"maximum",params:{comparison: "<=", limit: 100},message:"must be <= 100",schema:100,parentSchema:schema11.properties.deliver.properties.pipelining,data:data21};
if(vErrors === null){
vErrors = [err46];
}
else {
vErrors.push(err46);
}
errors++;
}
if(data21 < 1 || isNaN(data21)){
const err47 = {instancePath:instancePath+"/deliver/pipelining",schemaPath:"#/properties/deliver/properties/pipelining/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1},message:"must be >= 1",schema:1,parentSchema:schema11.properties.deliver.properties.pipelining,data:data21};
if(vErrors === null){
vErrors = [err47];
}
else {
vErrors.push(err47);
}
errors++;
}
}
}
if(data10.trace !== undefined){
let data22 = data10.trace;
if(typeof data22 !== "string"){
const err48 = {instancePath:instancePath+"/deliver/trace",schemaPath:"#/properties/deliver/properties/trace/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.deliver.properties.trace.type,parentSchema:schema11.properties.deliver.properties.trace,data:data22};
if(vErrors === null){
vErrors = [err48];
}
else {
vErrors.push(err48);
}
errors++;
}
if(!(((data22 === "propagate") || (data22 === "restart")) || (data22 === "off"))){
const err49 = {instancePath:instancePath+"/deliver/trace",schemaPath:"#/properties/deliver/properties/trace/enum",keyword:"enum",params:{allowedValues: schema11.properties.deliver.properties.trace.enum},message:"must be equal to one of the allowed values",schema:schema11.properties.deliver.properties.trace.enum,parentSchema:schema11.properties.deliver.properties.trace,data:data22};
if(vErrors === null){
vErrors = [err49];
}
else {
vErrors.push(err49);
}
errors++;
}
}
if(data10.timeoutMs !== undefined){
let data23 = data10.timeoutMs;
if(!(((typeof data23 == "number") && (!(data23 % 1) && !isNaN(data23))) && (isFinite(data23)))){
const err50 = {instancePath:instancePath+"/deliver/timeoutMs",schemaPath:"#/properties/deliver/properties/timeoutMs/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema11.properties.deliver.properties.timeoutMs.type,parentSchema:schema11.properties.deliver.properties.timeoutMs,data:data23};
if(vErrors === null){
vErrors = [err50];
}
else {
vErrors.push(err50);
}
errors++;
}
if((typeof data23 == "number") && (isFinite(data23))){
if(data23 > 120000 || isNaN(data23)){
const err51 = {instancePath:instancePath+"/deliver/timeoutMs",schemaPath:"#/properties/deliver/properties/timeoutMs/maximum",keyword:"maximum",params:{comparison: "<=", limit: 120000},message:"must be <= 120000",schema:120000,parentSchema:schema11.properties.deliver.properties.timeoutMs,data:data23};
if(vErrors === null){
vErrors = [err51];
}
else {
vErrors.push(err51);
}
errors++;
}
if(data23 < 1 || isNaN(data23)){
const err52 = {instancePath:instancePath+"/deliver/timeoutMs",schemaPath:"#/properties/deliver/properties/timeoutMs/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1},message:"must be >= 1",schema:1,parentSchema:schema11.properties.deliver.properties.timeoutMs,data:data23};
if(vErrors === null){
vErrors = [err52];
}
else {
vErrors.push(err52);
}
errors++;
}
}
}
if(data10.tls !== undefined){
let data24 = data10.tls;
if(data24 && typeof data24 == "object" && !Array.isArray(data24)){
if(Object.keys(data24).length < 1){
const err53 = {instancePath:instancePath+"/deliver/tls",schemaPath:"#/properties/deliver/properties/tls/minProperties",keyword:"minProperties",params:{limit: 1},message:"must NOT have fewer than 1 properties",schema:1,parentSchema:schema11.properties.deliver.properties.tls,data:data24};
if(vErrors === null){
vErrors = [err53];
}
else {
vErrors.push(err53);
}
errors++;
}
for(const key6 in data24){
if(!(((((key6 === "ca") || (key6 === "cert")) || (key6 === "key")) || (key6 === "servername")) || (key6 === "minVersion"))){
const err54 = {instancePath:instancePath+"/deliver/tls",schemaPath:"#/properties/deliver/properties/tls/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key6},message:"must NOT have additional properties",schema:false,parentSchema:schema11.properties.deliver.properties.tls,data:data24};
if(vErrors === null){
vErrors = [err54];
}
else {
vErrors.push(err54);
}
errors++;
}
}
if(data24.ca !== undefined){
let data25 = data24.ca;
if(typeof data25 !== "string"){
const err55 = {instancePath:instancePath+"/deliver/tls/ca",schemaPath:"#/properties/deliver/properties/tls/properties/ca/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.deliver.properties.tls.properties.ca.type,parentSchema:schema11.properties.deliver.properties.tls.properties.ca,data:data25};
if(vErrors === null){
vErrors = [err55];
}
else {
vErrors.push(err55);
}
errors++;
}
}
if(data24.cert !== undefined){
let data26 = data24.cert;
if(typeof data26 !== "string"){
const err56 = {instancePath:instancePath+"/deliver/tls/cert",schemaPath:"#/properties/deliver/properties/tls/properties/cert/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.deliver.properties.tls.properties.cert.type,parentSchema:schema11.properties.deliver.properties.tls.properties.cert,data:data26};
if(vErrors === null){
vErrors = [err56];
}
else {
vErrors.push(err56);
}
errors++;
}
}
if(data24.key !== undefined){
let data27 = data24.key;
if(typeof data27 !== "string"){
const err57 = {instancePath:instancePath+"/deliver/tls/key",schemaPath:"#/properties/deliver/properties/tls/properties/key/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.deliver.properties.tls.properties.key.type,parentSchema:schema11.properties.deliver.properties.tls.properties.key,data:data27};
if(vErrors === null){
vErrors = [err57];
}
else {
vErrors.push(err57);
}
errors++;
}
}
if(data24.servername !== undefined){
let data28 = data24.servername;
if(typeof data28 !== "string"){
const err58 = {instancePath:instancePath+"/deliver/tls/servername",schemaPath:"#/properties/deliver/properties/tls/properties/servername/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.deliver.properties.tls.properties.servername.type,parentSchema:schema11.properties.deliver.properties.tls.properties.servername,data:data28};
if(vErrors === null){
vErrors = [err58];
}
else {
vErrors.push(err58);
}
errors++;
}
}
if(data24.minVersion !== undefined){
let data29 = data24.minVersion;
if(typeof data29 !== "string"){
const err59 = {instancePath:instancePath+"/deliver/tls/minVersion",schemaPath:"#/properties/deliver/properties/tls/properties/minVersion/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.deliver.properties.tls.properties.minVersion.type,parentSchema:schema11.properties.deliver.properties.tls.properties.minVersion,data:data29};
if(vErrors === null){
vErrors = [err59];
}
else {
vErrors.push(err59);
}
errors++;
}
if(!((data29 === "TLSv1.2") || (data29 === "TLSv1.3"))){
const err60 = {instancePath:instancePath+"/deliver/tls/minVersion",schemaPath:"#/properties/deliver/properties/tls/properties/minVersion/enum",keyword:"enum",params:{allowedValues: schema11.properties.deliver.properties.tls.properties.minVersion.enum},message:"must be equal to one of the allowed values",schema:schema11.properties.deliver.properties.tls.properties.minVersion.enum,parentSchema:schema11.properties.deliver.properties.tls.properties.minVersion,data:data29};
if(vErrors === null){
vErrors = [err60];
}
else {
vErrors.push(err60);
}
errors++;
}
}
}
else {
const err61 = {instancePath:instancePath+"/deliver/tls",schemaPath:"#/properties/deliver/properties/tls/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.properties.deliver.properties.tls.type,parentSchema:schema11.properties.deliver.properties.tls,data:data24};
if(vErrors === null){
vErrors = [err61];
}
else {
vErrors.push(err61);
}
errors++;
}
}
if(data10.proxy !== undefined){
let data30 = data10.proxy;
if(typeof data30 === "string"){
if(func4(data30) < 1){
const err62 = {instancePath:instancePath+"/deliver/proxy",schemaPath:"#/properties/deliver/properties/proxy/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters",schema:1,parentSchema:schema11.properties.deliver.properties.proxy,data:data30};
if(vErrors === null){
vErrors = [err62];
}
else {
vErrors.push(err62);
}
errors++;
}
}
else {
const err63 = {instancePath:instancePath+"/deliver/proxy",schemaPath:"#/properties/deliver/properties/proxy/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.deliver.properties.proxy.type,parentSchema:schema11.properties.deliver.properties.proxy,data:data30};
if(vErrors === null){
vErrors = [err63];
}
else {
vErrors.push(err63);
}
errors++;
}
}
if(data10.atRebalance !== undefined){
let data31 = data10.atRebalance;
if(typeof data31 !== "string"){
const err64 = {instancePath:instancePath+"/deliver/atRebalance",schemaPath:"#/properties/deliver/properties/atRebalance/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.deliver.properties.atRebalance.type,parentSchema:schema11.properties.deliver.properties.atRebalance,data:data31};
if(vErrors === null){
vErrors = [err64];
}
else {
vErrors.push(err64);
}
errors++;
}
if(!((data31 === "wait") || (data31 === "cut"))){
const err65 = {instancePath:instancePath+"/deliver/atRebalance",schemaPath:"#/properties/deliver/properties/atRebalance/enum",keyword:"enum",params:{allowedValues: schema11.properties.deliver.properties.atRebalance.enum},message:"must be equal to one of the allowed values",schema:schema11.properties.deliver.properties.atRebalance.enum,parentSchema:schema11.properties.deliver.properties.atRebalance,data:data31};
if(vErrors === null){
vErrors = [err65];
}
else {
vErrors.push(err65);
}
errors++;
}
}
if(data10.auth !== undefined){
let data32 = data10.auth;
if(data32 && typeof data32 == "object" && !Array.isArray(data32)){
if(Object.keys(data32).length < 1){
const err66 = {instancePath:instancePath+"/deliver/auth",schemaPath:"#/properties/deliver/properties/auth/minProperties",keyword:"minProperties",params:{limit: 1},message:"must NOT have fewer than 1 properties",schema:1,parentSchema:schema11.properties.deliver.properties.auth,data:data32};
if(vErrors === null){
vErrors = [err66];
}
else {
vErrors.push(err66);
}
errors++;
}
for(const key7 in data32){
if(!(((((key7 === "body") || (key7 === "header")) || (key7 === "bearer")) || (key7 === "oauth2ClientCredentials")) || (key7 === "mtls"))){
const err67 = {instancePath:instancePath+"/deliver/auth",schemaPath:"#/properties/deliver/properties/auth/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key7},message:"must NOT have additional properties",schema:false,parentSchema:schema11.properties.deliver.properties.auth,data:data32};
if(vErrors === null){
vErrors = [err67];
}
else {
vErrors.push(err67);
}
errors++;
}
}
if(data32.body !== undefined){
let data33 = data32.body;
if(data33 && typeof data33 == "object" && !Array.isArray(data33)){
if(Object.keys(data33).length < 1){
const err68 = {instancePath:instancePath+"/deliver/auth/body",schemaPath:"#/properties/deliver/properties/auth/properties/body/minProperties",keyword:"minProperties",params:{limit: 1},message:"must NOT have fewer than 1 properties",schema:1,parentSchema:schema11.properties.deliver.properties.auth.properties.body,data:data33};
if(vErrors === null){
vErrors = [err68];
}
else {
vErrors.push(err68);
}
errors++;
}
for(const key8 in data33){
let data34 = data33[key8];
if(typeof data34 !== "string"){
const err69 = {instancePath:instancePath+"/deliver/auth/body/" + key8.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/deliver/properties/auth/properties/body/additionalProperties/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.deliver.properties.auth.properties.body.additionalProperties.type,parentSchema:schema11.properties.deliver.properties.auth.properties.body.additionalProperties,data:data34};
if(vErrors === null){
vErrors = [err69];
}
else {
vErrors.push(err69);
}
errors++;
}
}
}
else {
const err70 = {instancePath:instancePath+"/deliver/auth/body",schemaPath:"#/properties/deliver/properties/auth/properties/body/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.properties.deliver.properties.auth.properties.body.type,parentSchema:schema11.properties.deliver.properties.auth.properties.body,data:data33};
if(vErrors === null){
vErrors = [err70];
}
else {
vErrors.push(err70);
}
errors++;
}
}
if(data32.header !== undefined){
let data35 = data32.header;
if(data35 && typeof data35 == "object" && !Array.isArray(data35)){
if(Object.keys(data35).length < 1){
const err71 = {instancePath:instancePath+"/deliver/auth/header",schemaPath:"#/properties/deliver/properties/auth/properties/header/minProperties",keyword:"minProperties",params:{limit: 1},message:"must NOT have fewer than 1 properties",schema:1,parentSchema:schema11.properties.deliver.properties.auth.properties.header,data:data35};
if(vErrors === null){
vErrors = [err71];
}
else {
vErrors.push(err71);
}
errors++;
}
for(const key9 in data35){
const _errs81 = errors;
if(typeof key9 === "string"){
if(!pattern4.test(key9)){
const err72 = {instancePath:instancePath+"/deliver/auth/header",schemaPath:"#/properties/deliver/properties/auth/properties/header/propertyNames/pattern",keyword:"pattern",params:{pattern: "^[A-Za-z0-9-]+$"},message:"must match pattern \""+"^[A-Za-z0-9-]+$"+"\"",schema:"^[A-Za-z0-9-]+$",parentSchema:schema11.properties.deliver.properties.auth.properties.header.propertyNames,data:key9,propertyName:key9};
if(vErrors === null){
vErrors = [err72];
}
else {
vErrors.push(err72);
}
errors++;
}
}
var valid13 = _errs81 === errors;
if(!valid13){
const err73 = {instancePath:instancePath+"/deliver/auth/header",schemaPath:"#/properties/deliver/properties/auth/properties/header/propertyNames",keyword:"propertyNames",params:{propertyName: key9},message:"property name must be valid",schema:schema11.properties.deliver.properties.auth.properties.header.propertyNames,parentSchema:schema11.properties.deliver.properties.auth.properties.header,data:data35};
if(vErrors === null){
vErrors = [err73];
}
else {
vErrors.push(err73);
}
errors++;
}
}
for(const key10 in data35){
let data36 = data35[key10];
if(typeof data36 !== "string"){
const err74 = {instancePath:instancePath+"/deliver/auth/header/" + key10.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/deliver/properties/auth/properties/header/additionalProperties/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.deliver.properties.auth.properties.header.additionalProperties.type,parentSchema:schema11.properties.deliver.properties.auth.properties.header.additionalProperties,data:data36};
if(vErrors === null){
vErrors = [err74];
}
else {
vErrors.push(err74);
}
errors++;
}
}
}
else {
const err75 = {instancePath:instancePath+"/deliver/auth/header",schemaPath:"#/properties/deliver/properties/auth/properties/header/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.properties.deliver.properties.auth.properties.header.type,parentSchema:schema11.properties.deliver.properties.auth.properties.header,data:data35};
if(vErrors === null){
vErrors = [err75];
}
else {
vErrors.push(err75);
}
errors++;
}
}
if(data32.bearer !== undefined){
let data37 = data32.bearer;
if(typeof data37 !== "string"){
const err76 = {instancePath:instancePath+"/deliver/auth/bearer",schemaPath:"#/properties/deliver/properties/auth/properties/bearer/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.deliver.properties.auth.properties.bearer.type,parentSchema:schema11.properties.deliver.properties.auth.properties.bearer,data:data37};
if(vErrors === null){
vErrors = [err76];
}
else {
vErrors.push(err76);
}
errors++;
}
}
if(data32.oauth2ClientCredentials !== undefined){
let data38 = data32.oauth2ClientCredentials;
if(data38 && typeof data38 == "object" && !Array.isArray(data38)){
if(data38.tokenUrl === undefined){
const err77 = {instancePath:instancePath+"/deliver/auth/oauth2ClientCredentials",schemaPath:"#/properties/deliver/properties/auth/properties/oauth2ClientCredentials/required",keyword:"required",params:{missingProperty: "tokenUrl"},message:"must have required property '"+"tokenUrl"+"'",schema:schema11.properties.deliver.properties.auth.properties.oauth2ClientCredentials.required,parentSchema:schema11.properties.deliver.properties.auth.properties.oauth2ClientCredentials,data:data38};
if(vErrors === null){
vErrors = [err77];
}
else {
vErrors.push(err77);
}
errors++;
}
if(data38.clientId === undefined){
const err78 = {instancePath:instancePath+"/deliver/auth/oauth2ClientCredentials",schemaPath:"#/properties/deliver/properties/auth/properties/oauth2ClientCredentials/required",keyword:"required",params:{missingProperty: "clientId"},message:"must have required property '"+"clientId"+"'",schema:schema11.properties.deliver.properties.auth.properties.oauth2ClientCredentials.required,parentSchema:schema11.properties.deliver.properties.auth.properties.oauth2ClientCredentials,data:data38};
if(vErrors === null){
vErrors = [err78];
}
else {
vErrors.push(err78);
}
errors++;
}
for(const key11 in data38){
if(!(func2.call(schema11.properties.deliver.properties.auth.properties.oauth2ClientCredentials.properties, key11))){
const err79 = {instancePath:instancePath+"/deliver/auth/oauth2ClientCredentials",schemaPath:"#/properties/deliver/properties/auth/properties/oauth2ClientCredentials/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key11},message:"must NOT have additional properties",schema:false,parentSchema:schema11.properties.deliver.properties.auth.properties.oauth2ClientCredentials,data:data38};
if(vErrors === null){
vErrors = [err79];
}
else {
vErrors.push(err79);
}
errors++;
}
}
if(data38.tokenUrl !== undefined){
let data39 = data38.tokenUrl;
if(typeof data39 !== "string"){
const err80 = {instancePath:instancePath+"/deliver/auth/oauth2ClientCredentials/tokenUrl",schemaPath:"#/properties/deliver/properties/auth/properties/oauth2ClientCredentials/properties/tokenUrl/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.deliver.properties.auth.properties.oauth2ClientCredentials.properties.tokenUrl.type,parentSchema:schema11.properties.deliver.properties.auth.properties.oauth2ClientCredentials.properties.tokenUrl,data:data39};
if(vErrors === null){
vErrors = [err80];
}
else {
vErrors.push(err80);
}
errors++;
}
}
if(data38.clientId !== undefined){
let data40 = data38.clientId;
if(typeof data40 !== "string"){
const err81 = {instancePath:instancePath+"/deliver/auth/oauth2ClientCredentials/clientId",schemaPath:"#/properties/deliver/properties/auth/properties/oauth2ClientCredentials/properties/clientId/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.deliver.properties.auth.properties.oauth2ClientCredentials.properties.clientId.type,parentSchema:schema11.properties.deliver.properties.auth.properties.oauth2ClientCredentials.properties.clientId,data:data40};
if(vErrors === null){
vErrors = [err81];
}
else {
vErrors.push(err81);
}
errors++;
}
}
if(data38.clientSecret !== undefined){
let data41 = data38.clientSecret;
if(typeof data41 !== "string"){
const err82 = {instancePath:instancePath+"/deliver/auth/oauth2ClientCredentials/clientSecret",schemaPath:"#/properties/deliver/properties/auth/properties/oauth2ClientCredentials/properties/clientSecret/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.deliver.properties.auth.properties.oauth2ClientCredentials.properties.clientSecret.type,parentSchema:schema11.properties.deliver.properties.auth.properties.oauth2ClientCredentials.properties.clientSecret,data:data41};
if(vErrors === null){
vErrors = [err82];
}
else {
vErrors.push(err82);
}
errors++;
}
}
if(data38.scope !== undefined){
let data42 = data38.scope;
if(typeof data42 !== "string"){
const err83 = {instancePath:instancePath+"/deliver/auth/oauth2ClientCredentials/scope",schemaPath:"#/properties/deliver/properties/auth/properties/oauth2ClientCredentials/properties/scope/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.deliver.properties.auth.properties.oauth2ClientCredentials.properties.scope.type,parentSchema:schema11.properties.deliver.properties.auth.properties.oauth2ClientCredentials.properties.scope,data:data42};
if(vErrors === null){
vErrors = [err83];
}
else {
vErrors.push(err83);
}
errors++;
}
}
if(data38.audience !== undefined){
let data43 = data38.audience;
if(typeof data43 === "string"){
if(func4(data43) < 1){
const err84 = {instancePath:instancePath+"/deliver/auth/oauth2ClientCredentials/audience",schemaPath:"#/properties/deliver/properties/auth/properties/oauth2ClientCredentials/properties/audience/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters",schema:1,parentSchema:schema11.properties.deliver.properties.auth.properties.oauth2ClientCredentials.properties.audience,data:data43};
if(vErrors === null){
vErrors = [err84];
}
else {
vErrors.push(err84);
}
errors++;
}
}
else {
const err85 = {instancePath:instancePath+"/deliver/auth/oauth2ClientCredentials/audience",schemaPath:"#/properties/deliver/properties/auth/properties/oauth2ClientCredentials/properties/audience/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.deliver.properties.auth.properties.oauth2ClientCredentials.properties.audience.type,parentSchema:schema11.properties.deliver.properties.auth.properties.oauth2ClientCredentials.properties.audience,data:data43};
if(vErrors === null){
vErrors = [err85];
}
else {
vErrors.push(err85);
}
errors++;
}
}
if(data38.resource !== undefined){
let data44 = data38.resource;
if((typeof data44 !== "string") && (!(Array.isArray(data44)))){
const err86 = {instancePath:instancePath+"/deliver/auth/oauth2ClientCredentials/resource",schemaPath:"#/properties/deliver/properties/auth/properties/oauth2ClientCredentials/properties/resource/type",keyword:"type",params:{type: schema11.properties.deliver.properties.auth.properties.oauth2ClientCredentials.properties.resource.type},message:"must be string,array",schema:schema11.properties.deliver.properties.auth.properties.oauth2ClientCredentials.properties.resource.type,parentSchema:schema11.properties.deliver.properties.auth.properties.oauth2ClientCredentials.properties.resource,data:data44};
if(vErrors === null){
vErrors = [err86];
}
else {
vErrors.push(err86);
}
errors++;
}
if(typeof data44 === "string"){
if(func4(data44) < 1){
const err87 = {instancePath:instancePath+"/deliver/auth/oauth2ClientCredentials/resource",schemaPath:"#/properties/deliver/properties/auth/properties/oauth2ClientCredentials/properties/resource/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters",schema:1,parentSchema:schema11.properties.deliver.properties.auth.properties.oauth2ClientCredentials.properties.resource,data:data44};
if(vErrors === null){
vErrors = [err87];
}
else {
vErrors.push(err87);
}
errors++;
}
}
if(Array.isArray(data44)){
if(data44.length < 1){
const err88 = {instancePath:instancePath+"/deliver/auth/oauth2ClientCredentials/resource",schemaPath:"#/properties/deliver/properties/auth/properties/oauth2ClientCredentials/properties/resource/minItems",keyword:"minItems",params:{limit: 1},message:"must NOT have fewer than 1 items",schema:1,parentSchema:schema11.properties.deliver.properties.auth.properties.oauth2ClientCredentials.properties.resource,data:data44};
if(vErrors === null){
vErrors = [err88];
}
else {
vErrors.push(err88);
}
errors++;
}
const len2 = data44.length;
for(let i2=0; i2<len2; i2++){
let data45 = data44[i2];
if(typeof data45 === "string"){
if(func4(data45) < 1){
const err89 = {instancePath:instancePath+"/deliver/auth/oauth2ClientCredentials/resource/" + i2,schemaPath:"#/properties/deliver/properties/auth/properties/oauth2ClientCredentials/properties/resource/items/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters",schema:1,parentSchema:schema11.properties.deliver.properties.auth.properties.oauth2ClientCredentials.properties.resource.items,data:data45};
if(vErrors === null){
vErrors = [err89];
}
else {
vErrors.push(err89);
}
errors++;
}
}
else {
const err90 = {instancePath:instancePath+"/deliver/auth/oauth2ClientCredentials/resource/" + i2,schemaPath:"#/properties/deliver/properties/auth/properties/oauth2ClientCredentials/properties/resource/items/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.deliver.properties.auth.properties.oauth2ClientCredentials.properties.resource.items.type,parentSchema:schema11.properties.deliver.properties.auth.properties.oauth2ClientCredentials.properties.resource.items,data:data45};
if(vErrors === null){
vErrors = [err90];
}
else {
vErrors.push(err90);
}
errors++;
}
}
}
}
if(data38.parameters !== undefined){
let data46 = data38.parameters;
if(data46 && typeof data46 == "object" && !Array.isArray(data46)){
if(Object.keys(data46).length < 1){
const err91 = {instancePath:instancePath+"/deliver/auth/oauth2ClientCredentials/parameters",schemaPath:"#/properties/deliver/properties/auth/properties/oauth2ClientCredentials/properties/parameters/minProperties",keyword:"minProperties",params:{limit: 1},message:"must NOT have fewer than 1 properties",schema:1,parentSchema:schema11.properties.deliver.properties.auth.properties.oauth2ClientCredentials.properties.parameters,data:data46};
if(vErrors === null){
vErrors = [err91];
}
else {
vErrors.push(err91);
}
errors++;
}
for(const key12 in data46){
let data47 = data46[key12];
if(typeof data47 !== "string"){
const err92 = {instancePath:instancePath+"/deliver/auth/oauth2ClientCredentials/parameters/" + key12.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/deliver/properties/auth/properties/oauth2ClientCredentials/properties/parameters/additionalProperties/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.deliver.properties.auth.properties.oauth2ClientCredentials.properties.parameters.additionalProperties.type,parentSchema:schema11.properties.deliver.properties.auth.properties.oauth2ClientCredentials.properties.parameters.additionalProperties,data:data47};
if(vErrors === null){
vErrors = [err92];
}
else {
vErrors.push(err92);
}
errors++;
}
}
}
else {
const err93 = {instancePath:instancePath+"/deliver/auth/oauth2ClientCredentials/parameters",schemaPath:"#/properties/deliver/properties/auth/properties/oauth2ClientCredentials/properties/parameters/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.properties.deliver.properties.auth.properties.oauth2ClientCredentials.properties.parameters.type,parentSchema:schema11.properties.deliver.properties.auth.properties.oauth2ClientCredentials.properties.parameters,data:data46};
if(vErrors === null){
vErrors = [err93];
}
else {
vErrors.push(err93);
}
errors++;
}
}
if(data38.authentication !== undefined){
let data48 = data38.authentication;
if(typeof data48 !== "string"){
const err94 = {instancePath:instancePath+"/deliver/auth/oauth2ClientCredentials/authentication",schemaPath:"#/properties/deliver/properties/auth/properties/oauth2ClientCredentials/properties/authentication/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.deliver.properties.auth.properties.oauth2ClientCredentials.properties.authentication.type,parentSchema:schema11.properties.deliver.properties.auth.properties.oauth2ClientCredentials.properties.authentication,data:data48};
if(vErrors === null){
vErrors = [err94];
}
else {
vErrors.push(err94);
}
errors++;
}
if(!(((data48 === "basic") || (data48 === "post")) || (data48 === "privateKeyJwt"))){
const err95 = {instancePath:instancePath+"/deliver/auth/oauth2ClientCredentials/authentication",schemaPath:"#/properties/deliver/properties/auth/properties/oauth2ClientCredentials/properties/authentication/enum",keyword:"enum",params:{allowedValues: schema11.properties.deliver.properties.auth.properties.oauth2ClientCredentials.properties.authentication.enum},message:"must be equal to one of the allowed values",schema:schema11.properties.deliver.properties.auth.properties.oauth2ClientCredentials.properties.authentication.enum,parentSchema:schema11.properties.deliver.properties.auth.properties.oauth2ClientCredentials.properties.authentication,data:data48};
if(vErrors === null){
vErrors = [err95];
}
else {
vErrors.push(err95);
}
errors++;
}
}
if(data38.privateKey !== undefined){
let data49 = data38.privateKey;
if(typeof data49 !== "string"){
const err96 = {instancePath:instancePath+"/deliver/auth/oauth2ClientCredentials/privateKey",schemaPath:"#/properties/deliver/properties/auth/properties/oauth2ClientCredentials/properties/privateKey/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.deliver.properties.auth.properties.oauth2ClientCredentials.properties.privateKey.type,parentSchema:schema11.properties.deliver.properties.auth.properties.oauth2ClientCredentials.properties.privateKey,data:data49};
if(vErrors === null){
vErrors = [err96];
}
else {
vErrors.push(err96);
}
errors++;
}
}
if(data38.keyId !== undefined){
let data50 = data38.keyId;
if(typeof data50 === "string"){
if(func4(data50) < 1){
const err97 = {instancePath:instancePath+"/deliver/auth/oauth2ClientCredentials/keyId",schemaPath:"#/properties/deliver/properties/auth/properties/oauth2ClientCredentials/properties/keyId/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters",schema:1,parentSchema:schema11.properties.deliver.properties.auth.properties.oauth2ClientCredentials.properties.keyId,data:data50};
if(vErrors === null){
vErrors = [err97];
}
else {
vErrors.push(err97);
}
errors++;
}
}
else {
const err98 = {instancePath:instancePath+"/deliver/auth/oauth2ClientCredentials/keyId",schemaPath:"#/properties/deliver/properties/auth/properties/oauth2ClientCredentials/properties/keyId/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.deliver.properties.auth.properties.oauth2ClientCredentials.properties.keyId.type,parentSchema:schema11.properties.deliver.properties.auth.properties.oauth2ClientCredentials.properties.keyId,data:data50};
if(vErrors === null){
vErrors = [err98];
}
else {
vErrors.push(err98);
}
errors++;
}
}
if(data38.algorithm !== undefined){
let data51 = data38.algorithm;
if(typeof data51 !== "string"){
const err99 = {instancePath:instancePath+"/deliver/auth/oauth2ClientCredentials/algorithm",schemaPath:"#/properties/deliver/properties/auth/properties/oauth2ClientCredentials/properties/algorithm/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.deliver.properties.auth.properties.oauth2ClientCredentials.properties.algorithm.type,parentSchema:schema11.properties.deliver.properties.auth.properties.oauth2ClientCredentials.properties.algorithm,data:data51};
if(vErrors === null){
vErrors = [err99];
}
else {
vErrors.push(err99);
}
errors++;
}
if(!((((((((((data51 === "RS256") || (data51 === "RS384")) || (data51 === "RS512")) || (data51 === "PS256")) || (data51 === "PS384")) || (data51 === "PS512")) || (data51 === "ES256")) || (data51 === "ES384")) || (data51 === "ES512")) || (data51 === "EdDSA"))){
const err100 = {instancePath:instancePath+"/deliver/auth/oauth2ClientCredentials/algorithm",schemaPath:"#/properties/deliver/properties/auth/properties/oauth2ClientCredentials/properties/algorithm/enum",keyword:"enum",params:{allowedValues: schema11.properties.deliver.properties.auth.properties.oauth2ClientCredentials.properties.algorithm.enum},message:"must be equal to one of the allowed values",schema:schema11.properties.deliver.properties.auth.properties.oauth2ClientCredentials.properties.algorithm.enum,parentSchema:schema11.properties.deliver.properties.auth.properties.oauth2ClientCredentials.properties.algorithm,data:data51};
if(vErrors === null){
vErrors = [err100];
}
else {
vErrors.push(err100);
}
errors++;
}
}
if(data38.assertionAudience !== undefined){
let data52 = data38.assertionAudience;
if(typeof data52 === "string"){
if(func4(data52) < 1){
const err101 = {instancePath:instancePath+"/deliver/auth/oauth2ClientCredentials/assertionAudience",schemaPath:"#/properties/deliver/properties/auth/properties/oauth2ClientCredentials/properties/assertionAudience/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters",schema:1,parentSchema:schema11.properties.deliver.properties.auth.properties.oauth2ClientCredentials.properties.assertionAudience,data:data52};
if(vErrors === null){
vErrors = [err101];
}
else {
vErrors.push(err101);
}
errors++;
}
}
else {
const err102 = {instancePath:instancePath+"/deliver/auth/oauth2ClientCredentials/assertionAudience",schemaPath:"#/properties/deliver/properties/auth/properties/oauth2ClientCredentials/properties/assertionAudience/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.deliver.properties.auth.properties.oauth2ClientCredentials.properties.assertionAudience.type,parentSchema:schema11.properties.deliver.properties.auth.properties.oauth2ClientCredentials.properties.assertionAudience,data:data52};
if(vErrors === null){
vErrors = [err102];
}
else {
vErrors.push(err102);
}
errors++;
}
}
}
else {
const err103 = {instancePath:instancePath+"/deliver/auth/oauth2ClientCredentials",schemaPath:"#/properties/deliver/properties/auth/properties/oauth2ClientCredentials/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.properties.deliver.properties.auth.properties.oauth2ClientCredentials.type,parentSchema:schema11.properties.deliver.properties.auth.properties.oauth2ClientCredentials,data:data38};
if(vErrors === null){
vErrors = [err103];
}
else {
vErrors.push(err103);
}
errors++;
}
}
if(data32.mtls !== undefined){
let data53 = data32.mtls;
if(data53 && typeof data53 == "object" && !Array.isArray(data53)){
if(data53.cert === undefined){
const err104 = {instancePath:instancePath+"/deliver/auth/mtls",schemaPath:"#/properties/deliver/properties/auth/properties/mtls/required",keyword:"required",params:{missingProperty: "cert"},message:"must have required property '"+"cert"+"'",schema:schema11.properties.deliver.properties.auth.properties.mtls.required,parentSchema:schema11.properties.deliver.properties.auth.properties.mtls,data:data53};
if(vErrors === null){
vErrors = [err104];
}
else {
vErrors.push(err104);
}
errors++;
}
if(data53.key === undefined){
const err105 = {instancePath:instancePath+"/deliver/auth/mtls",schemaPath:"#/properties/deliver/properties/auth/properties/mtls/required",keyword:"required",params:{missingProperty: "key"},message:"must have required property '"+"key"+"'",schema:schema11.properties.deliver.properties.auth.properties.mtls.required,parentSchema:schema11.properties.deliver.properties.auth.properties.mtls,data:data53};
if(vErrors === null){
vErrors = [err105];
}
else {
vErrors.push(err105);
}
errors++;
}
for(const key13 in data53){
if(!(((key13 === "cert") || (key13 === "key")) || (key13 === "ca"))){
const err106 = {instancePath:instancePath+"/deliver/auth/mtls",schemaPath:"#/properties/deliver/properties/auth/properties/mtls/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key13},message:"must NOT have additional properties",schema:false,parentSchema:schema11.properties.deliver.properties.auth.properties.mtls,data:data53};
if(vErrors === null){
vErrors = [err106];
}
else {
vErrors.push(err106);
}
errors++;
}
}
if(data53.cert !== undefined){
let data54 = data53.cert;
if(typeof data54 !== "string"){
const err107 = {instancePath:instancePath+"/deliver/auth/mtls/cert",schemaPath:"#/properties/deliver/properties/auth/properties/mtls/properties/cert/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.deliver.properties.auth.properties.mtls.properties.cert.type,parentSchema:schema11.properties.deliver.properties.auth.properties.mtls.properties.cert,data:data54};
if(vErrors === null){
vErrors = [err107];
}
else {
vErrors.push(err107);
}
errors++;
}
}
if(data53.key !== undefined){
let data55 = data53.key;
if(typeof data55 !== "string"){
const err108 = {instancePath:instancePath+"/deliver/auth/mtls/key",schemaPath:"#/properties/deliver/properties/auth/properties/mtls/properties/key/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.deliver.properties.auth.properties.mtls.properties.key.type,parentSchema:schema11.properties.deliver.properties.auth.properties.mtls.properties.key,data:data55};
if(vErrors === null){
vErrors = [err108];
}
else {
vErrors.push(err108);
}
errors++;
}
}
if(data53.ca !== undefined){
let data56 = data53.ca;
if(typeof data56 !== "string"){
const err109 = {instancePath:instancePath+"/deliver/auth/mtls/ca",schemaPath:"#/properties/deliver/properties/auth/properties/mtls/properties/ca/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.deliver.properties.auth.properties.mtls.properties.ca.type,parentSchema:schema11.properties.deliver.properties.auth.properties.mtls.properties.ca,data:data56};
if(vErrors === null){
vErrors = [err109];
}
else {
vErrors.push(err109);
}
errors++;
}
}
}
else {
const err110 = {instancePath:instancePath+"/deliver/auth/mtls",schemaPath:"#/properties/deliver/properties/auth/properties/mtls/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.properties.deliver.properties.auth.properties.mtls.type,parentSchema:schema11.properties.deliver.properties.auth.properties.mtls,data:data53};
if(vErrors === null){
vErrors = [err110];
}
else {
vErrors.push(err110);
}
errors++;
}
}
}
else {
const err111 = {instancePath:instancePath+"/deliver/auth",schemaPath:"#/properties/deliver/properties/auth/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.properties.deliver.properties.auth.type,parentSchema:schema11.properties.deliver.properties.auth,data:data32};
if(vErrors === null){
vErrors = [err111];
}
else {
vErrors.push(err111);
}
errors++;
}
}
if(data10.sign !== undefined){
let data57 = data10.sign;
if(data57 && typeof data57 == "object" && !Array.isArray(data57)){
if(data57.secrets === undefined){
const err112 = {instancePath:instancePath+"/deliver/sign",schemaPath:"#/properties/deliver/properties/sign/required",keyword:"required",params:{missingProperty: "secrets"},message:"must have required property '"+"secrets"+"'",schema:schema11.properties.deliver.properties.sign.required,parentSchema:schema11.properties.deliver.properties.sign,data:data57};
if(vErrors === null){
vErrors = [err112];
}
else {
vErrors.push(err112);
}
errors++;
}
for(const key14 in data57){
if(!(key14 === "secrets")){
const err113 = {instancePath:instancePath+"/deliver/sign",schemaPath:"#/properties/deliver/properties/sign/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key14},message:"must NOT have additional properties",schema:false,parentSchema:schema11.properties.deliver.properties.sign,data:data57};
if(vErrors === null){
vErrors = [err113];
}
else {
vErrors.push(err113);
}
errors++;
}
}
if(data57.secrets !== undefined){
let data58 = data57.secrets;
if(Array.isArray(data58)){
if(data58.length < 1){
const err114 = {instancePath:instancePath+"/deliver/sign/secrets",schemaPath:"#/properties/deliver/properties/sign/properties/secrets/minItems",keyword:"minItems",params:{limit: 1},message:"must NOT have fewer than 1 items",schema:1,parentSchema:schema11.properties.deliver.properties.sign.properties.secrets,data:data58};
if(vErrors === null){
vErrors = [err114];
}
else {
vErrors.push(err114);
}
errors++;
}
const len3 = data58.length;
for(let i3=0; i3<len3; i3++){
let data59 = data58[i3];
if(typeof data59 !== "string"){
const err115 = {instancePath:instancePath+"/deliver/sign/secrets/" + i3,schemaPath:"#/properties/deliver/properties/sign/properties/secrets/items/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.deliver.properties.sign.properties.secrets.items.type,parentSchema:schema11.properties.deliver.properties.sign.properties.secrets.items,data:data59};
if(vErrors === null){
vErrors = [err115];
}
else {
vErrors.push(err115);
}
errors++;
}
}
}
else {
const err116 = {instancePath:instancePath+"/deliver/sign/secrets",schemaPath:"#/properties/deliver/properties/sign/properties/secrets/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema11.properties.deliver.properties.sign.properties.secrets.type,parentSchema:schema11.properties.deliver.properties.sign.properties.secrets,data:data58};
if(vErrors === null){
vErrors = [err116];
}
else {
vErrors.push(err116);
}
errors++;
}
}
}
else {
const err117 = {instancePath:instancePath+"/deliver/sign",schemaPath:"#/properties/deliver/properties/sign/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.properties.deliver.properties.sign.type,parentSchema:schema11.properties.deliver.properties.sign,data:data57};
if(vErrors === null){
vErrors = [err117];
}
else {
vErrors.push(err117);
}
errors++;
}
}
if(data10.retry !== undefined){
let data60 = data10.retry;
if(data60 && typeof data60 == "object" && !Array.isArray(data60)){
for(const key15 in data60){
if(!(((key15 === "maxAttempts") || (key15 === "firstMs")) || (key15 === "maxMs"))){
const err118 = {instancePath:instancePath+"/deliver/retry",schemaPath:"#/properties/deliver/properties/retry/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key15},message:"must NOT have additional properties",schema:false,parentSchema:schema11.properties.deliver.properties.retry,data:data60};
if(vErrors === null){
vErrors = [err118];
}
else {
vErrors.push(err118);
}
errors++;
}
}
if(data60.maxAttempts !== undefined){
let data61 = data60.maxAttempts;
if(!(((typeof data61 == "number") && (!(data61 % 1) && !isNaN(data61))) && (isFinite(data61)))){
const err119 = {instancePath:instancePath+"/deliver/retry/maxAttempts",schemaPath:"#/properties/deliver/properties/retry/properties/maxAttempts/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema11.properties.deliver.properties.retry.properties.maxAttempts.type,parentSchema:schema11.properties.deliver.properties.retry.properties.maxAttempts,data:data61};
if(vErrors === null){
vErrors = [err119];
}
else {
vErrors.push(err119);
}
errors++;
}
if((typeof data61 == "number") && (isFinite(data61))){
if(data61 > 1000 || isNaN(data61)){
const err120 = {instancePath:instancePath+"/deliver/retry/maxAttempts",schemaPath:"#/properties/deliver/properties/retry/properties/maxAttempts/maximum",keyword:"maximum",params:{comparison: "<=", limit: 1000},message:"must be <= 1000",schema:1000,parentSchema:schema11.properties.deliver.properties.retry.properties.maxAttempts,data:data61};
if(vErrors === null){
vErrors = [err120];
}
else {
vErrors.push(err120);
}
errors++;
}
if(data61 < 1 || isNaN(data61)){
const err121 = {instancePath:instancePath+"/deliver/retry/maxAttempts",schemaPath:"#/properties/deliver/properties/retry/properties/maxAttempts/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1},message:"must be >= 1",schema:1,parentSchema:schema11.properties.deliver.properties.retry.properties.maxAttempts,data:data61};
if(vErrors === null){
vErrors = [err121];
}
else {
vErrors.push(err121);
}
errors++;
}
}
}
if(data60.firstMs !== undefined){
let data62 = data60.firstMs;
if(!(((typeof data62 == "number") && (!(data62 % 1) && !isNaN(data62))) && (isFinite(data62)))){
const err122 = {instancePath:instancePath+"/deliver/retry/firstMs",schemaPath:"#/properties/deliver/properties/retry/properties/firstMs/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema11.properties.deliver.properties.retry.properties.firstMs.type,parentSchema:schema11.properties.deliver.properties.retry.properties.firstMs,data:data62};
if(vErrors === null){
vErrors = [err122];
}
else {
vErrors.push(err122);
}
errors++;
}
if((typeof data62 == "number") && (isFinite(data62))){
if(data62 > 3600000 || isNaN(data62)){
const err123 = {instancePath:instancePath+"/deliver/retry/firstMs",schemaPath:"#/properties/deliver/properties/retry/properties/firstMs/maximum",keyword:"maximum",params:{comparison: "<=", limit: 3600000},message:"must be <= 3600000",schema:3600000,parentSchema:schema11.properties.deliver.properties.retry.properties.firstMs,data:data62};
if(vErrors === null){
vErrors = [err123];
}
else {
vErrors.push(err123);
}
errors++;
}
if(data62 < 1 || isNaN(data62)){
const err124 = {instancePath:instancePath+"/deliver/retry/firstMs",schemaPath:"#/properties/deliver/properties/retry/properties/firstMs/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1},message:"must be >= 1",schema:1,parentSchema:schema11.properties.deliver.properties.retry.properties.firstMs,data:data62};
if(vErrors === null){
vErrors = [err124];
}
else {
vErrors.push(err124);
}
errors++;
}
}
}
if(data60.maxMs !== undefined){
let data63 = data60.maxMs;
if(!(((typeof data63 == "number") && (!(data63 % 1) && !isNaN(data63))) && (isFinite(data63)))){
const err125 = {instancePath:instancePath+"/deliver/retry/maxMs",schemaPath:"#/properties/deliver/properties/retry/properties/maxMs/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema11.properties.deliver.properties.retry.properties.maxMs.type,parentSchema:schema11.properties.deliver.properties.retry.properties.maxMs,data:data63};
if(vErrors === null){
vErrors = [err125];
}
else {
vErrors.push(err125);
}
errors++;
}
if((typeof data63 == "number") && (isFinite(data63))){
if(data63 > 3600000 || isNaN(data63)){
const err126 = {instancePath:instancePath+"/deliver/retry/maxMs",schemaPath:"#/properties/deliver/properties/retry/properties/maxMs/maximum",keyword:"maximum",params:{comparison: "<=", limit: 3600000},message:"must be <= 3600000",schema:3600000,parentSchema:schema11.properties.deliver.properties.retry.properties.maxMs,data:data63};
if(vErrors === null){
vErrors = [err126];
}
else {
vErrors.push(err126);
}
errors++;
}
if(data63 < 1 || isNaN(data63)){
const err127 = {instancePath:instancePath+"/deliver/retry/maxMs",schemaPath:"#/properties/deliver/properties/retry/properties/maxMs/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1},message:"must be >= 1",schema:1,parentSchema:schema11.properties.deliver.properties.retry.properties.maxMs,data:data63};
if(vErrors === null){
vErrors = [err127];
}
else {
vErrors.push(err127);
}
errors++;
}
}
}
}
else {
const err128 = {instancePath:instancePath+"/deliver/retry",schemaPath:"#/properties/deliver/properties/retry/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.properties.deliver.properties.retry.type,parentSchema:schema11.properties.deliver.properties.retry,data:data60};
if(vErrors === null){
vErrors = [err128];
}
else {
vErrors.push(err128);
}
errors++;
}
}
if(data10.catchUp !== undefined){
let data64 = data10.catchUp;
if(typeof data64 !== "string"){
const err129 = {instancePath:instancePath+"/deliver/catchUp",schemaPath:"#/properties/deliver/properties/catchUp/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.deliver.properties.catchUp.type,parentSchema:schema11.properties.deliver.properties.catchUp,data:data64};
if(vErrors === null){
vErrors = [err129];
}
else {
vErrors.push(err129);
}
errors++;
}
if(!((data64 === "every") || (data64 === "latest"))){
const err130 = {instancePath:instancePath+"/deliver/catchUp",schemaPath:"#/properties/deliver/properties/catchUp/enum",keyword:"enum",params:{allowedValues: schema11.properties.deliver.properties.catchUp.enum},message:"must be equal to one of the allowed values",schema:schema11.properties.deliver.properties.catchUp.enum,parentSchema:schema11.properties.deliver.properties.catchUp,data:data64};
if(vErrors === null){
vErrors = [err130];
}
else {
vErrors.push(err130);
}
errors++;
}
}
if(data10.rateLimit !== undefined){
let data65 = data10.rateLimit;
if(data65 && typeof data65 == "object" && !Array.isArray(data65)){
if(data65.perSecond === undefined){
const err131 = {instancePath:instancePath+"/deliver/rateLimit",schemaPath:"#/properties/deliver/properties/rateLimit/required",keyword:"required",params:{missingProperty: "perSecond"},message:"must have required property '"+"perSecond"+"'",schema:schema11.properties.deliver.properties.rateLimit.required,parentSchema:schema11.properties.deliver.properties.rateLimit,data:data65};
if(vErrors === null){
vErrors = [err131];
}
else {
vErrors.push(err131);
}
errors++;
}
for(const key16 in data65){
if(!(key16 === "perSecond")){
const err132 = {instancePath:instancePath+"/deliver/rateLimit",schemaPath:"#/properties/deliver/properties/rateLimit/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key16},message:"must NOT have additional properties",schema:false,parentSchema:schema11.properties.deliver.properties.rateLimit,data:data65};
if(vErrors === null){
vErrors = [err132];
}
else {
vErrors.push(err132);
}
errors++;
}
}
if(data65.perSecond !== undefined){
let data66 = data65.perSecond;
if((typeof data66 == "number") && (isFinite(data66))){
if(data66 <= 0 || isNaN(data66)){
const err133 = {instancePath:instancePath+"/deliver/rateLimit/perSecond",schemaPath:"#/properties/deliver/properties/rateLimit/properties/perSecond/exclusiveMinimum",keyword:"exclusiveMinimum",params:{comparison: ">", limit: 0},message:"must be > 0",schema:0,parentSchema:schema11.properties.deliver.properties.rateLimit.properties.perSecond,data:data66};
if(vErrors === null){
vErrors = [err133];
}
else {
vErrors.push(err133);
}
errors++;
}
}
else {
const err134 = {instancePath:instancePath+"/deliver/rateLimit/perSecond",schemaPath:"#/properties/deliver/properties/rateLimit/properties/perSecond/type",keyword:"type",params:{type: "number"},message:"must be number",schema:schema11.properties.deliver.properties.rateLimit.properties.perSecond.type,parentSchema:schema11.properties.deliver.properties.rateLimit.properties.perSecond,data:data66};
if(vErrors === null){
vErrors = [err134];
}
else {
vErrors.push(err134);
}
errors++;
}
}
}
else {
const err135 = {instancePath:instancePath+"/deliver/rateLimit",schemaPath:"#/properties/deliver/properties/rateLimit/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.properties.deliver.properties.rateLimit.type,parentSchema:schema11.properties.deliver.properties.rateLimit,data:data65};
if(vErrors === null){
vErrors = [err135];
}
else {
vErrors.push(err135);
}
errors++;
}
}
if(data10.batch !== undefined){
let data67 = data10.batch;
if(data67 && typeof data67 == "object" && !Array.isArray(data67)){
if(data67.maxRecords === undefined){
const err136 = {instancePath:instancePath+"/deliver/batch",schemaPath:"#/properties/deliver/properties/batch/required",keyword:"required",params:{missingProperty: "maxRecords"},message:"must have required property '"+"maxRecords"+"'",schema:schema11.properties.deliver.properties.batch.required,parentSchema:schema11.properties.deliver.properties.batch,data:data67};
if(vErrors === null){
vErrors = [err136];
}
else {
vErrors.push(err136);
}
errors++;
}
if(data67.maxWaitMs === undefined){
const err137 = {instancePath:instancePath+"/deliver/batch",schemaPath:"#/properties/deliver/properties/batch/required",keyword:"required",params:{missingProperty: "maxWaitMs"},message:"must have required property '"+"maxWaitMs"+"'",schema:schema11.properties.deliver.properties.batch.required,parentSchema:schema11.properties.deliver.properties.batch,data:data67};
if(vErrors === null){
vErrors = [err137];
}
else {
vErrors.push(err137);
}
errors++;
}
for(const key17 in data67){
if(!(((key17 === "maxRecords") || (key17 === "maxWaitMs")) || (key17 === "answer"))){
const err138 = {instancePath:instancePath+"/deliver/batch",schemaPath:"#/properties/deliver/properties/batch/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key17},message:"must NOT have additional properties",schema:false,parentSchema:schema11.properties.deliver.properties.batch,data:data67};
if(vErrors === null){
vErrors = [err138];
}
else {
vErrors.push(err138);
}
errors++;
}
}
if(data67.maxRecords !== undefined){
let data68 = data67.maxRecords;
if(!(((typeof data68 == "number") && (!(data68 % 1) && !isNaN(data68))) && (isFinite(data68)))){
const err139 = {instancePath:instancePath+"/deliver/batch/maxRecords",schemaPath:"#/properties/deliver/properties/batch/properties/maxRecords/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema11.properties.deliver.properties.batch.properties.maxRecords.type,parentSchema:schema11.properties.deliver.properties.batch.properties.maxRecords,data:data68};
if(vErrors === null){
vErrors = [err139];
}
else {
vErrors.push(err139);
}
errors++;
}
if((typeof data68 == "number") && (isFinite(data68))){
if(data68 > 10000 || isNaN(data68)){
const err140 = {instancePath:instancePath+"/deliver/batch/maxRecords",schemaPath:"#/properties/deliver/properties/batch/properties/maxRecords/maximum",keyword:"maximum",params:{comparison: "<=", limit: 10000},message:"must be <= 10000",schema:10000,parentSchema:schema11.properties.deliver.properties.batch.properties.maxRecords,data:data68};
if(vErrors === null){
vErrors = [err140];
}
else {
vErrors.push(err140);
}
errors++;
}
if(data68 < 1 || isNaN(data68)){
const err141 = {instancePath:instancePath+"/deliver/batch/maxRecords",schemaPath:"#/properties/deliver/properties/batch/properties/maxRecords/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1},message:"must be >= 1",schema:1,parentSchema:schema11.properties.deliver.properties.batch.properties.maxRecords,data:data68};
if(vErrors === null){
vErrors = [err141];
}
else {
vErrors.push(err141);
}
errors++;
}
}
}
if(data67.maxWaitMs !== undefined){
let data69 = data67.maxWaitMs;
if(!(((typeof data69 == "number") && (!(data69 % 1) && !isNaN(data69))) && (isFinite(data69)))){
const err142 = {instancePath:instancePath+"/deliver/batch/maxWaitMs",schemaPath:"#/properties/deliver/properties/batch/properties/maxWaitMs/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema11.properties.deliver.properties.batch.properties.maxWaitMs.type,parentSchema:schema11.properties.deliver.properties.batch.properties.maxWaitMs,data:data69};
if(vErrors === null){
vErrors = [err142];
}
else {
vErrors.push(err142);
}
errors++;
}
if((typeof data69 == "number") && (isFinite(data69))){
if(data69 > 60000 || isNaN(data69)){
const err143 = {instancePath:instancePath+"/deliver/batch/maxWaitMs",schemaPath:"#/properties/deliver/properties/batch/properties/maxWaitMs/maximum",keyword:"maximum",params:{comparison: "<=", limit: 60000},message:"must be <= 60000",schema:60000,parentSchema:schema11.properties.deliver.properties.batch.properties.maxWaitMs,data:data69};
if(vErrors === null){
vErrors = [err143];
}
else {
vErrors.push(err143);
}
errors++;
}
if(data69 < 0 || isNaN(data69)){
const err144 = {instancePath:instancePath+"/deliver/batch/maxWaitMs",schemaPath:"#/properties/deliver/properties/batch/properties/maxWaitMs/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0},message:"must be >= 0",schema:0,parentSchema:schema11.properties.deliver.properties.batch.properties.maxWaitMs,data:data69};
if(vErrors === null){
vErrors = [err144];
}
else {
vErrors.push(err144);
}
errors++;
}
}
}
if(data67.answer !== undefined){
let data70 = data67.answer;
if(data70 && typeof data70 == "object" && !Array.isArray(data70)){
if(data70.status === undefined){
const err145 = {instancePath:instancePath+"/deliver/batch/answer",schemaPath:"#/properties/deliver/properties/batch/properties/answer/required",keyword:"required",params:{missingProperty: "status"},message:"must have required property '"+"status"+"'",schema:schema11.properties.deliver.properties.batch.properties.answer.required,parentSchema:schema11.properties.deliver.properties.batch.properties.answer,data:data70};
if(vErrors === null){
vErrors = [err145];
}
else {
vErrors.push(err145);
}
errors++;
}
for(const key18 in data70){
if(!((((key18 === "items") || (key18 === "id")) || (key18 === "idOf")) || (key18 === "status"))){
const err146 = {instancePath:instancePath+"/deliver/batch/answer",schemaPath:"#/properties/deliver/properties/batch/properties/answer/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key18},message:"must NOT have additional properties",schema:false,parentSchema:schema11.properties.deliver.properties.batch.properties.answer,data:data70};
if(vErrors === null){
vErrors = [err146];
}
else {
vErrors.push(err146);
}
errors++;
}
}
if(data70.items !== undefined){
let data71 = data70.items;
if(typeof data71 === "string"){
if(func4(data71) < 1){
const err147 = {instancePath:instancePath+"/deliver/batch/answer/items",schemaPath:"#/properties/deliver/properties/batch/properties/answer/properties/items/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters",schema:1,parentSchema:schema11.properties.deliver.properties.batch.properties.answer.properties.items,data:data71};
if(vErrors === null){
vErrors = [err147];
}
else {
vErrors.push(err147);
}
errors++;
}
}
else {
const err148 = {instancePath:instancePath+"/deliver/batch/answer/items",schemaPath:"#/properties/deliver/properties/batch/properties/answer/properties/items/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.deliver.properties.batch.properties.answer.properties.items.type,parentSchema:schema11.properties.deliver.properties.batch.properties.answer.properties.items,data:data71};
if(vErrors === null){
vErrors = [err148];
}
else {
vErrors.push(err148);
}
errors++;
}
}
if(data70.id !== undefined){
let data72 = data70.id;
if(typeof data72 === "string"){
if(func4(data72) < 1){
const err149 = {instancePath:instancePath+"/deliver/batch/answer/id",schemaPath:"#/properties/deliver/properties/batch/properties/answer/properties/id/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters",schema:1,parentSchema:schema11.properties.deliver.properties.batch.properties.answer.properties.id,data:data72};
if(vErrors === null){
vErrors = [err149];
}
else {
vErrors.push(err149);
}
errors++;
}
}
else {
const err150 = {instancePath:instancePath+"/deliver/batch/answer/id",schemaPath:"#/properties/deliver/properties/batch/properties/answer/properties/id/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.deliver.properties.batch.properties.answer.properties.id.type,parentSchema:schema11.properties.deliver.properties.batch.properties.answer.properties.id,data:data72};
if(vErrors === null){
vErrors = [err150];
}
else {
vErrors.push(err150);
}
errors++;
}
}
if(data70.idOf !== undefined){
let data73 = data70.idOf;
if(typeof data73 === "string"){
if(func4(data73) < 1){
const err151 = {instancePath:instancePath+"/deliver/batch/answer/idOf",schemaPath:"#/properties/deliver/properties/batch/properties/answer/properties/idOf/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters",schema:1,parentSchema:schema11.properties.deliver.properties.batch.properties.answer.properties.idOf,data:data73};
if(vErrors === null){
vErrors = [err151];
}
else {
vErrors.push(err151);
}
errors++;
}
}
else {
const err152 = {instancePath:instancePath+"/deliver/batch/answer/idOf",schemaPath:"#/properties/deliver/properties/batch/properties/answer/properties/idOf/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.deliver.properties.batch.properties.answer.properties.idOf.type,parentSchema:schema11.properties.deliver.properties.batch.properties.answer.properties.idOf,data:data73};
if(vErrors === null){
vErrors = [err152];
}
else {
vErrors.push(err152);
}
errors++;
}
}
if(data70.status !== undefined){
let data74 = data70.status;
if(typeof data74 === "string"){
if(func4(data74) < 1){
const err153 = {instancePath:instancePath+"/deliver/batch/answer/status",schemaPath:"#/properties/deliver/properties/batch/properties/answer/properties/status/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters",schema:1,parentSchema:schema11.properties.deliver.properties.batch.properties.answer.properties.status,data:data74};
if(vErrors === null){
vErrors = [err153];
}
else {
vErrors.push(err153);
}
errors++;
}
}
else {
const err154 = {instancePath:instancePath+"/deliver/batch/answer/status",schemaPath:"#/properties/deliver/properties/batch/properties/answer/properties/status/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.deliver.properties.batch.properties.answer.properties.status.type,parentSchema:schema11.properties.deliver.properties.batch.properties.answer.properties.status,data:data74};
if(vErrors === null){
vErrors = [err154];
}
else {
vErrors.push(err154);
}
errors++;
}
}
}
else {
const err155 = {instancePath:instancePath+"/deliver/batch/answer",schemaPath:"#/properties/deliver/properties/batch/properties/answer/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.properties.deliver.properties.batch.properties.answer.type,parentSchema:schema11.properties.deliver.properties.batch.properties.answer,data:data70};
if(vErrors === null){
vErrors = [err155];
}
else {
vErrors.push(err155);
}
errors++;
}
}
}
else {
const err156 = {instancePath:instancePath+"/deliver/batch",schemaPath:"#/properties/deliver/properties/batch/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.properties.deliver.properties.batch.type,parentSchema:schema11.properties.deliver.properties.batch,data:data67};
if(vErrors === null){
vErrors = [err156];
}
else {
vErrors.push(err156);
}
errors++;
}
}
if(data10.status !== undefined){
let data75 = data10.status;
if(data75 && typeof data75 == "object" && !Array.isArray(data75)){
for(const key19 in data75){
if(!(pattern7.test(key19))){
const err157 = {instancePath:instancePath+"/deliver/status",schemaPath:"#/properties/deliver/properties/status/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key19},message:"must NOT have additional properties",schema:false,parentSchema:schema11.properties.deliver.properties.status,data:data75};
if(vErrors === null){
vErrors = [err157];
}
else {
vErrors.push(err157);
}
errors++;
}
}
for(const key20 in data75){
if(pattern7.test(key20)){
let data76 = data75[key20];
if(typeof data76 !== "string"){
const err158 = {instancePath:instancePath+"/deliver/status/" + key20.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/deliver/properties/status/patternProperties/%5E%5B345%5D%5B0-9%5D%5B0-9%5D%24/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.deliver.properties.status.patternProperties["^[345][0-9][0-9]$"].type,parentSchema:schema11.properties.deliver.properties.status.patternProperties["^[345][0-9][0-9]$"],data:data76};
if(vErrors === null){
vErrors = [err158];
}
else {
vErrors.push(err158);
}
errors++;
}
if(!((((data76 === "ack") || (data76 === "endpoint")) || (data76 === "hold")) || (data76 === "record"))){
const err159 = {instancePath:instancePath+"/deliver/status/" + key20.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/deliver/properties/status/patternProperties/%5E%5B345%5D%5B0-9%5D%5B0-9%5D%24/enum",keyword:"enum",params:{allowedValues: schema11.properties.deliver.properties.status.patternProperties["^[345][0-9][0-9]$"].enum},message:"must be equal to one of the allowed values",schema:schema11.properties.deliver.properties.status.patternProperties["^[345][0-9][0-9]$"].enum,parentSchema:schema11.properties.deliver.properties.status.patternProperties["^[345][0-9][0-9]$"],data:data76};
if(vErrors === null){
vErrors = [err159];
}
else {
vErrors.push(err159);
}
errors++;
}
}
}
}
else {
const err160 = {instancePath:instancePath+"/deliver/status",schemaPath:"#/properties/deliver/properties/status/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.properties.deliver.properties.status.type,parentSchema:schema11.properties.deliver.properties.status,data:data75};
if(vErrors === null){
vErrors = [err160];
}
else {
vErrors.push(err160);
}
errors++;
}
}
if(data10.ack !== undefined){
let data77 = data10.ack;
if(data77 && typeof data77 == "object" && !Array.isArray(data77)){
if(Object.keys(data77).length < 1){
const err161 = {instancePath:instancePath+"/deliver/ack",schemaPath:"#/properties/deliver/properties/ack/minProperties",keyword:"minProperties",params:{limit: 1},message:"must NOT have fewer than 1 properties",schema:1,parentSchema:schema11.properties.deliver.properties.ack,data:data77};
if(vErrors === null){
vErrors = [err161];
}
else {
vErrors.push(err161);
}
errors++;
}
for(const key21 in data77){
if(!((((key21 === "status") || (key21 === "header")) || (key21 === "body")) || (key21 === "else"))){
const err162 = {instancePath:instancePath+"/deliver/ack",schemaPath:"#/properties/deliver/properties/ack/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key21},message:"must NOT have additional properties",schema:false,parentSchema:schema11.properties.deliver.properties.ack,data:data77};
if(vErrors === null){
vErrors = [err162];
}
else {
vErrors.push(err162);
}
errors++;
}
}
if(data77.status !== undefined){
let data78 = data77.status;
if(Array.isArray(data78)){
if(data78.length < 1){
const err163 = {instancePath:instancePath+"/deliver/ack/status",schemaPath:"#/properties/deliver/properties/ack/properties/status/minItems",keyword:"minItems",params:{limit: 1},message:"must NOT have fewer than 1 items",schema:1,parentSchema:schema11.properties.deliver.properties.ack.properties.status,data:data78};
if(vErrors === null){
vErrors = [err163];
}
else {
vErrors.push(err163);
}
errors++;
}
const len4 = data78.length;
for(let i4=0; i4<len4; i4++){
let data79 = data78[i4];
if(!(((typeof data79 == "number") && (!(data79 % 1) && !isNaN(data79))) && (isFinite(data79)))){
const err164 = {instancePath:instancePath+"/deliver/ack/status/" + i4,schemaPath:"#/properties/deliver/properties/ack/properties/status/items/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema11.properties.deliver.properties.ack.properties.status.items.type,parentSchema:schema11.properties.deliver.properties.ack.properties.status.items,data:data79};
if(vErrors === null){
vErrors = [err164];
}
else {
vErrors.push(err164);
}
errors++;
}
if((typeof data79 == "number") && (isFinite(data79))){
if(data79 > 599 || isNaN(data79)){
const err165 = {instancePath:instancePath+"/deliver/ack/status/" + i4,schemaPath:"#/properties/deliver/properties/ack/properties/status/items/maximum",keyword:"maximum",params:{comparison: "<=", limit: 599},message:"must be <= 599",schema:599,parentSchema:schema11.properties.deliver.properties.ack.properties.status.items,data:data79};
if(vErrors === null){
vErrors = [err165];
}
else {
vErrors.push(err165);
}
errors++;
}
if(data79 < 200 || isNaN(data79)){
const err166 = {instancePath:instancePath+"/deliver/ack/status/" + i4,schemaPath:"#/properties/deliver/properties/ack/properties/status/items/minimum",keyword:"minimum",params:{comparison: ">=", limit: 200},message:"must be >= 200",schema:200,parentSchema:schema11.properties.deliver.properties.ack.properties.status.items,data:data79};
if(vErrors === null){
vErrors = [err166];
}
else {
vErrors.push(err166);
}
errors++;
}
}
}
}
else {
const err167 = {instancePath:instancePath+"/deliver/ack/status",schemaPath:"#/properties/deliver/properties/ack/properties/status/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema11.properties.deliver.properties.ack.properties.status.type,parentSchema:schema11.properties.deliver.properties.ack.properties.status,data:data78};
if(vErrors === null){
vErrors = [err167];
}
else {
vErrors.push(err167);
}
errors++;
}
}
if(data77.header !== undefined){
let data80 = data77.header;
if(data80 && typeof data80 == "object" && !Array.isArray(data80)){
if(Object.keys(data80).length < 1){
const err168 = {instancePath:instancePath+"/deliver/ack/header",schemaPath:"#/properties/deliver/properties/ack/properties/header/minProperties",keyword:"minProperties",params:{limit: 1},message:"must NOT have fewer than 1 properties",schema:1,parentSchema:schema11.properties.deliver.properties.ack.properties.header,data:data80};
if(vErrors === null){
vErrors = [err168];
}
else {
vErrors.push(err168);
}
errors++;
}
for(const key22 in data80){
const _errs183 = errors;
if(typeof key22 === "string"){
if(!pattern4.test(key22)){
const err169 = {instancePath:instancePath+"/deliver/ack/header",schemaPath:"#/properties/deliver/properties/ack/properties/header/propertyNames/pattern",keyword:"pattern",params:{pattern: "^[A-Za-z0-9-]+$"},message:"must match pattern \""+"^[A-Za-z0-9-]+$"+"\"",schema:"^[A-Za-z0-9-]+$",parentSchema:schema11.properties.deliver.properties.ack.properties.header.propertyNames,data:key22,propertyName:key22};
if(vErrors === null){
vErrors = [err169];
}
else {
vErrors.push(err169);
}
errors++;
}
}
var valid31 = _errs183 === errors;
if(!valid31){
const err170 = {instancePath:instancePath+"/deliver/ack/header",schemaPath:"#/properties/deliver/properties/ack/properties/header/propertyNames",keyword:"propertyNames",params:{propertyName: key22},message:"property name must be valid",schema:schema11.properties.deliver.properties.ack.properties.header.propertyNames,parentSchema:schema11.properties.deliver.properties.ack.properties.header,data:data80};
if(vErrors === null){
vErrors = [err170];
}
else {
vErrors.push(err170);
}
errors++;
}
}
for(const key23 in data80){
let data81 = data80[key23];
if(typeof data81 !== "string"){
const err171 = {instancePath:instancePath+"/deliver/ack/header/" + key23.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/deliver/properties/ack/properties/header/additionalProperties/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.deliver.properties.ack.properties.header.additionalProperties.type,parentSchema:schema11.properties.deliver.properties.ack.properties.header.additionalProperties,data:data81};
if(vErrors === null){
vErrors = [err171];
}
else {
vErrors.push(err171);
}
errors++;
}
}
}
else {
const err172 = {instancePath:instancePath+"/deliver/ack/header",schemaPath:"#/properties/deliver/properties/ack/properties/header/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.properties.deliver.properties.ack.properties.header.type,parentSchema:schema11.properties.deliver.properties.ack.properties.header,data:data80};
if(vErrors === null){
vErrors = [err172];
}
else {
vErrors.push(err172);
}
errors++;
}
}
if(data77.body !== undefined){
let data82 = data77.body;
if(data82 && typeof data82 == "object" && !Array.isArray(data82)){
if(Object.keys(data82).length < 1){
const err173 = {instancePath:instancePath+"/deliver/ack/body",schemaPath:"#/properties/deliver/properties/ack/properties/body/minProperties",keyword:"minProperties",params:{limit: 1},message:"must NOT have fewer than 1 properties",schema:1,parentSchema:schema11.properties.deliver.properties.ack.properties.body,data:data82};
if(vErrors === null){
vErrors = [err173];
}
else {
vErrors.push(err173);
}
errors++;
}
for(const key24 in data82){
let data83 = data82[key24];
if((((typeof data83 !== "string") && (!((typeof data83 == "number") && (isFinite(data83))))) && (typeof data83 !== "boolean")) && (data83 !== null)){
const err174 = {instancePath:instancePath+"/deliver/ack/body/" + key24.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/deliver/properties/ack/properties/body/additionalProperties/type",keyword:"type",params:{type: schema11.properties.deliver.properties.ack.properties.body.additionalProperties.type},message:"must be string,number,boolean,null",schema:schema11.properties.deliver.properties.ack.properties.body.additionalProperties.type,parentSchema:schema11.properties.deliver.properties.ack.properties.body.additionalProperties,data:data83};
if(vErrors === null){
vErrors = [err174];
}
else {
vErrors.push(err174);
}
errors++;
}
}
}
else {
const err175 = {instancePath:instancePath+"/deliver/ack/body",schemaPath:"#/properties/deliver/properties/ack/properties/body/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.properties.deliver.properties.ack.properties.body.type,parentSchema:schema11.properties.deliver.properties.ack.properties.body,data:data82};
if(vErrors === null){
vErrors = [err175];
}
else {
vErrors.push(err175);
}
errors++;
}
}
if(data77.else !== undefined){
let data84 = data77.else;
if(typeof data84 !== "string"){
const err176 = {instancePath:instancePath+"/deliver/ack/else",schemaPath:"#/properties/deliver/properties/ack/properties/else/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.deliver.properties.ack.properties.else.type,parentSchema:schema11.properties.deliver.properties.ack.properties.else,data:data84};
if(vErrors === null){
vErrors = [err176];
}
else {
vErrors.push(err176);
}
errors++;
}
if(!(((data84 === "refuse") || (data84 === "retry")) || (data84 === "hold"))){
const err177 = {instancePath:instancePath+"/deliver/ack/else",schemaPath:"#/properties/deliver/properties/ack/properties/else/enum",keyword:"enum",params:{allowedValues: schema11.properties.deliver.properties.ack.properties.else.enum},message:"must be equal to one of the allowed values",schema:schema11.properties.deliver.properties.ack.properties.else.enum,parentSchema:schema11.properties.deliver.properties.ack.properties.else,data:data84};
if(vErrors === null){
vErrors = [err177];
}
else {
vErrors.push(err177);
}
errors++;
}
}
}
else {
const err178 = {instancePath:instancePath+"/deliver/ack",schemaPath:"#/properties/deliver/properties/ack/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.properties.deliver.properties.ack.type,parentSchema:schema11.properties.deliver.properties.ack,data:data77};
if(vErrors === null){
vErrors = [err178];
}
else {
vErrors.push(err178);
}
errors++;
}
}
if(data10.ackWhen !== undefined){
let data85 = data10.ackWhen;
if(data85 && typeof data85 == "object" && !Array.isArray(data85)){
if(Object.keys(data85).length < 1){
const err179 = {instancePath:instancePath+"/deliver/ackWhen",schemaPath:"#/properties/deliver/properties/ackWhen/minProperties",keyword:"minProperties",params:{limit: 1},message:"must NOT have fewer than 1 properties",schema:1,parentSchema:schema11.properties.deliver.properties.ackWhen,data:data85};
if(vErrors === null){
vErrors = [err179];
}
else {
vErrors.push(err179);
}
errors++;
}
for(const key25 in data85){
if(!((key25 === "header") || (key25 === "body"))){
const err180 = {instancePath:instancePath+"/deliver/ackWhen",schemaPath:"#/properties/deliver/properties/ackWhen/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key25},message:"must NOT have additional properties",schema:false,parentSchema:schema11.properties.deliver.properties.ackWhen,data:data85};
if(vErrors === null){
vErrors = [err180];
}
else {
vErrors.push(err180);
}
errors++;
}
}
if(data85.header !== undefined){
let data86 = data85.header;
if(data86 && typeof data86 == "object" && !Array.isArray(data86)){
if(Object.keys(data86).length < 1){
const err181 = {instancePath:instancePath+"/deliver/ackWhen/header",schemaPath:"#/properties/deliver/properties/ackWhen/properties/header/minProperties",keyword:"minProperties",params:{limit: 1},message:"must NOT have fewer than 1 properties",schema:1,parentSchema:schema11.properties.deliver.properties.ackWhen.properties.header,data:data86};
if(vErrors === null){
vErrors = [err181];
}
else {
vErrors.push(err181);
}
errors++;
}
for(const key26 in data86){
let data87 = data86[key26];
if(typeof data87 !== "string"){
const err182 = {instancePath:instancePath+"/deliver/ackWhen/header/" + key26.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/deliver/properties/ackWhen/properties/header/additionalProperties/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.deliver.properties.ackWhen.properties.header.additionalProperties.type,parentSchema:schema11.properties.deliver.properties.ackWhen.properties.header.additionalProperties,data:data87};
if(vErrors === null){
vErrors = [err182];
}
else {
vErrors.push(err182);
}
errors++;
}
}
}
else {
const err183 = {instancePath:instancePath+"/deliver/ackWhen/header",schemaPath:"#/properties/deliver/properties/ackWhen/properties/header/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.properties.deliver.properties.ackWhen.properties.header.type,parentSchema:schema11.properties.deliver.properties.ackWhen.properties.header,data:data86};
if(vErrors === null){
vErrors = [err183];
}
else {
vErrors.push(err183);
}
errors++;
}
}
if(data85.body !== undefined){
let data88 = data85.body;
if(data88 && typeof data88 == "object" && !Array.isArray(data88)){
if(Object.keys(data88).length < 1){
const err184 = {instancePath:instancePath+"/deliver/ackWhen/body",schemaPath:"#/properties/deliver/properties/ackWhen/properties/body/minProperties",keyword:"minProperties",params:{limit: 1},message:"must NOT have fewer than 1 properties",schema:1,parentSchema:schema11.properties.deliver.properties.ackWhen.properties.body,data:data88};
if(vErrors === null){
vErrors = [err184];
}
else {
vErrors.push(err184);
}
errors++;
}
for(const key27 in data88){
let data89 = data88[key27];
if((((typeof data89 !== "string") && (!((typeof data89 == "number") && (isFinite(data89))))) && (typeof data89 !== "boolean")) && (data89 !== null)){
const err185 = {instancePath:instancePath+"/deliver/ackWhen/body/" + key27.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/deliver/properties/ackWhen/properties/body/additionalProperties/type",keyword:"type",params:{type: schema11.properties.deliver.properties.ackWhen.properties.body.additionalProperties.type},message:"must be string,number,boolean,null",schema:schema11.properties.deliver.properties.ackWhen.properties.body.additionalProperties.type,parentSchema:schema11.properties.deliver.properties.ackWhen.properties.body.additionalProperties,data:data89};
if(vErrors === null){
vErrors = [err185];
}
else {
vErrors.push(err185);
}
errors++;
}
}
}
else {
const err186 = {instancePath:instancePath+"/deliver/ackWhen/body",schemaPath:"#/properties/deliver/properties/ackWhen/properties/body/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.properties.deliver.properties.ackWhen.properties.body.type,parentSchema:schema11.properties.deliver.properties.ackWhen.properties.body,data:data88};
if(vErrors === null){
vErrors = [err186];
}
else {
vErrors.push(err186);
}
errors++;
}
}
}
else {
const err187 = {instancePath:instancePath+"/deliver/ackWhen",schemaPath:"#/properties/deliver/properties/ackWhen/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.properties.deliver.properties.ackWhen.type,parentSchema:schema11.properties.deliver.properties.ackWhen,data:data85};
if(vErrors === null){
vErrors = [err187];
}
else {
vErrors.push(err187);
}
errors++;
}
}
if(data10.breaker !== undefined){
let data90 = data10.breaker;
if(data90 && typeof data90 == "object" && !Array.isArray(data90)){
for(const key28 in data90){
if(!(((((key28 === "failureRatio") || (key28 === "windowMs")) || (key28 === "minAttempts")) || (key28 === "probeFirstMs")) || (key28 === "probeMaxMs"))){
const err188 = {instancePath:instancePath+"/deliver/breaker",schemaPath:"#/properties/deliver/properties/breaker/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key28},message:"must NOT have additional properties",schema:false,parentSchema:schema11.properties.deliver.properties.breaker,data:data90};
if(vErrors === null){
vErrors = [err188];
}
else {
vErrors.push(err188);
}
errors++;
}
}
if(data90.failureRatio !== undefined){
let data91 = data90.failureRatio;
if((typeof data91 == "number") && (isFinite(data91))){
if(data91 > 1 || isNaN(data91)){
const err189 = {instancePath:instancePath+"/deliver/breaker/failureRatio",schemaPath:"#/properties/deliver/properties/breaker/properties/failureRatio/maximum",keyword:"maximum",params:{comparison: "<=", limit: 1},message:"must be <= 1",schema:1,parentSchema:schema11.properties.deliver.properties.breaker.properties.failureRatio,data:data91};
if(vErrors === null){
vErrors = [err189];
}
else {
vErrors.push(err189);
}
errors++;
}
if(data91 <= 0 || isNaN(data91)){
const err190 = {instancePath:instancePath+"/deliver/breaker/failureRatio",schemaPath:"#/properties/deliver/properties/breaker/properties/failureRatio/exclusiveMinimum",keyword:"exclusiveMinimum",params:{comparison: ">", limit: 0},message:"must be > 0",schema:0,parentSchema:schema11.properties.deliver.properties.breaker.properties.failureRatio,data:data91};
if(vErrors === null){
vErrors = [err190];
}
else {
vErrors.push(err190);
}
errors++;
}
}
else {
const err191 = {instancePath:instancePath+"/deliver/breaker/failureRatio",schemaPath:"#/properties/deliver/properties/breaker/properties/failureRatio/type",keyword:"type",params:{type: "number"},message:"must be number",schema:schema11.properties.deliver.properties.breaker.properties.failureRatio.type,parentSchema:schema11.properties.deliver.properties.breaker.properties.failureRatio,data:data91};
if(vErrors === null){
vErrors = [err191];
}
else {
vErrors.push(err191);
}
errors++;
}
}
if(data90.windowMs !== undefined){
let data92 = data90.windowMs;
if(!(((typeof data92 == "number") && (!(data92 % 1) && !isNaN(data92))) && (isFinite(data92)))){
const err192 = {instancePath:instancePath+"/deliver/breaker/windowMs",schemaPath:"#/properties/deliver/properties/breaker/properties/windowMs/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema11.properties.deliver.properties.breaker.properties.windowMs.type,parentSchema:schema11.properties.deliver.properties.breaker.properties.windowMs,data:data92};
if(vErrors === null){
vErrors = [err192];
}
else {
vErrors.push(err192);
}
errors++;
}
if((typeof data92 == "number") && (isFinite(data92))){
if(data92 > 3600000 || isNaN(data92)){
const err193 = {instancePath:instancePath+"/deliver/breaker/windowMs",schemaPath:"#/properties/deliver/properties/breaker/properties/windowMs/maximum",keyword:"maximum",params:{comparison: "<=", limit: 3600000},message:"must be <= 3600000",schema:3600000,parentSchema:schema11.properties.deliver.properties.breaker.properties.windowMs,data:data92};
if(vErrors === null){
vErrors = [err193];
}
else {
vErrors.push(err193);
}
errors++;
}
if(data92 < 100 || isNaN(data92)){
const err194 = {instancePath:instancePath+"/deliver/breaker/windowMs",schemaPath:"#/properties/deliver/properties/breaker/properties/windowMs/minimum",keyword:"minimum",params:{comparison: ">=", limit: 100},message:"must be >= 100",schema:100,parentSchema:schema11.properties.deliver.properties.breaker.properties.windowMs,data:data92};
if(vErrors === null){
vErrors = [err194];
}
else {
vErrors.push(err194);
}
errors++;
}
}
}
if(data90.minAttempts !== undefined){
let data93 = data90.minAttempts;
if(!(((typeof data93 == "number") && (!(data93 % 1) && !isNaN(data93))) && (isFinite(data93)))){
const err195 = {instancePath:instancePath+"/deliver/breaker/minAttempts",schemaPath:"#/properties/deliver/properties/breaker/properties/minAttempts/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema11.properties.deliver.properties.breaker.properties.minAttempts.type,parentSchema:schema11.properties.deliver.properties.breaker.properties.minAttempts,data:data93};
if(vErrors === null){
vErrors = [err195];
}
else {
vErrors.push(err195);
}
errors++;
}
if((typeof data93 == "number") && (isFinite(data93))){
if(data93 > 100000 || isNaN(data93)){
const err196 = {instancePath:instancePath+"/deliver/breaker/minAttempts",schemaPath:"#/properties/deliver/properties/breaker/properties/minAttempts/maximum",keyword:"maximum",params:{comparison: "<=", limit: 100000},message:"must be <= 100000",schema:100000,parentSchema:schema11.properties.deliver.properties.breaker.properties.minAttempts,data:data93};
if(vErrors === null){
vErrors = [err196];
}
else {
vErrors.push(err196);
}
errors++;
}
if(data93 < 1 || isNaN(data93)){
const err197 = {instancePath:instancePath+"/deliver/breaker/minAttempts",schemaPath:"#/properties/deliver/properties/breaker/properties/minAttempts/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1},message:"must be >= 1",schema:1,parentSchema:schema11.properties.deliver.properties.breaker.properties.minAttempts,data:data93};
if(vErrors === null){
vErrors = [err197];
}
else {
vErrors.push(err197);
}
errors++;
}
}
}
if(data90.probeFirstMs !== undefined){
let data94 = data90.probeFirstMs;
if(!(((typeof data94 == "number") && (!(data94 % 1) && !isNaN(data94))) && (isFinite(data94)))){
const err198 = {instancePath:instancePath+"/deliver/breaker/probeFirstMs",schemaPath:"#/properties/deliver/properties/breaker/properties/probeFirstMs/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema11.properties.deliver.properties.breaker.properties.probeFirstMs.type,parentSchema:schema11.properties.deliver.properties.breaker.properties.probeFirstMs,data:data94};
if(vErrors === null){
vErrors = [err198];
}
else {
vErrors.push(err198);
}
errors++;
}
if((typeof data94 == "number") && (isFinite(data94))){
if(data94 > 600000 || isNaN(data94)){
const err199 = {instancePath:instancePath+"/deliver/breaker/probeFirstMs",schemaPath:"#/properties/deliver/properties/breaker/properties/probeFirstMs/maximum",keyword:"maximum",params:{comparison: "<=", limit: 600000},message:"must be <= 600000",schema:600000,parentSchema:schema11.properties.deliver.properties.breaker.properties.probeFirstMs,data:data94};
if(vErrors === null){
vErrors = [err199];
}
else {
vErrors.push(err199);
}
errors++;
}
if(data94 < 10 || isNaN(data94)){
const err200 = {instancePath:instancePath+"/deliver/breaker/probeFirstMs",schemaPath:"#/properties/deliver/properties/breaker/properties/probeFirstMs/minimum",keyword:"minimum",params:{comparison: ">=", limit: 10},message:"must be >= 10",schema:10,parentSchema:schema11.properties.deliver.properties.breaker.properties.probeFirstMs,data:data94};
if(vErrors === null){
vErrors = [err200];
}
else {
vErrors.push(err200);
}
errors++;
}
}
}
if(data90.probeMaxMs !== undefined){
let data95 = data90.probeMaxMs;
if(!(((typeof data95 == "number") && (!(data95 % 1) && !isNaN(data95))) && (isFinite(data95)))){
const err201 = {instancePath:instancePath+"/deliver/breaker/probeMaxMs",schemaPath:"#/properties/deliver/properties/breaker/properties/probeMaxMs/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema11.properties.deliver.properties.breaker.properties.probeMaxMs.type,parentSchema:schema11.properties.deliver.properties.breaker.properties.probeMaxMs,data:data95};
if(vErrors === null){
vErrors = [err201];
}
else {
vErrors.push(err201);
}
errors++;
}
if((typeof data95 == "number") && (isFinite(data95))){
if(data95 > 600000 || isNaN(data95)){
const err202 = {instancePath:instancePath+"/deliver/breaker/probeMaxMs",schemaPath:"#/properties/deliver/properties/breaker/properties/probeMaxMs/maximum",keyword:"maximum",params:{comparison: "<=", limit: 600000},message:"must be <= 600000",schema:600000,parentSchema:schema11.properties.deliver.properties.breaker.properties.probeMaxMs,data:data95};
if(vErrors === null){
vErrors = [err202];
}
else {
vErrors.push(err202);
}
errors++;
}
if(data95 < 10 || isNaN(data95)){
const err203 = {instancePath:instancePath+"/deliver/breaker/probeMaxMs",schemaPath:"#/properties/deliver/properties/breaker/properties/probeMaxMs/minimum",keyword:"minimum",params:{comparison: ">=", limit: 10},message:"must be >= 10",schema:10,parentSchema:schema11.properties.deliver.properties.breaker.properties.probeMaxMs,data:data95};
if(vErrors === null){
vErrors = [err203];
}
else {
vErrors.push(err203);
}
errors++;
}
}
}
}
else {
const err204 = {instancePath:instancePath+"/deliver/breaker",schemaPath:"#/properties/deliver/properties/breaker/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.properties.deliver.properties.breaker.type,parentSchema:schema11.properties.deliver.properties.breaker,data:data90};
if(vErrors === null){
vErrors = [err204];
}
else {
vErrors.push(err204);
}
errors++;
}
}
}
else {
const err205 = {instancePath:instancePath+"/deliver",schemaPath:"#/properties/deliver/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.properties.deliver.type,parentSchema:schema11.properties.deliver,data:data10};
if(vErrors === null){
vErrors = [err205];
}
else {
vErrors.push(err205);
}
errors++;
}
}
if(data.onLeave !== undefined){
let data96 = data.onLeave;
if((typeof data96 !== "string") && (!(data96 && typeof data96 == "object" && !Array.isArray(data96)))){
const err206 = {instancePath:instancePath+"/onLeave",schemaPath:"#/properties/onLeave/type",keyword:"type",params:{type: schema11.properties.onLeave.type},message:"must be string,object",schema:schema11.properties.onLeave.type,parentSchema:schema11.properties.onLeave,data:data96};
if(vErrors === null){
vErrors = [err206];
}
else {
vErrors.push(err206);
}
errors++;
}
if(data96 && typeof data96 == "object" && !Array.isArray(data96)){
if(Object.keys(data96).length < 1){
const err207 = {instancePath:instancePath+"/onLeave",schemaPath:"#/properties/onLeave/minProperties",keyword:"minProperties",params:{limit: 1},message:"must NOT have fewer than 1 properties",schema:1,parentSchema:schema11.properties.onLeave,data:data96};
if(vErrors === null){
vErrors = [err207];
}
else {
vErrors.push(err207);
}
errors++;
}
for(const key29 in data96){
if(!(((key29 === "send") || (key29 === "method")) || (key29 === "url"))){
const err208 = {instancePath:instancePath+"/onLeave",schemaPath:"#/properties/onLeave/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key29},message:"must NOT have additional properties",schema:false,parentSchema:schema11.properties.onLeave,data:data96};
if(vErrors === null){
vErrors = [err208];
}
else {
vErrors.push(err208);
}
errors++;
}
}
if(data96.send !== undefined){
let data97 = data96.send;
if(typeof data97 === "string"){
if(!pattern3.test(data97)){
const err209 = {instancePath:instancePath+"/onLeave/send",schemaPath:"#/properties/onLeave/properties/send/pattern",keyword:"pattern",params:{pattern: "^[A-Za-z0-9][A-Za-z0-9._-]*\\.json$"},message:"must match pattern \""+"^[A-Za-z0-9][A-Za-z0-9._-]*\\.json$"+"\"",schema:"^[A-Za-z0-9][A-Za-z0-9._-]*\\.json$",parentSchema:schema11.properties.onLeave.properties.send,data:data97};
if(vErrors === null){
vErrors = [err209];
}
else {
vErrors.push(err209);
}
errors++;
}
}
else {
const err210 = {instancePath:instancePath+"/onLeave/send",schemaPath:"#/properties/onLeave/properties/send/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.onLeave.properties.send.type,parentSchema:schema11.properties.onLeave.properties.send,data:data97};
if(vErrors === null){
vErrors = [err210];
}
else {
vErrors.push(err210);
}
errors++;
}
}
if(data96.method !== undefined){
let data98 = data96.method;
if(typeof data98 !== "string"){
const err211 = {instancePath:instancePath+"/onLeave/method",schemaPath:"#/properties/onLeave/properties/method/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.onLeave.properties.method.type,parentSchema:schema11.properties.onLeave.properties.method,data:data98};
if(vErrors === null){
vErrors = [err211];
}
else {
vErrors.push(err211);
}
errors++;
}
if(!((((data98 === "POST") || (data98 === "PUT")) || (data98 === "PATCH")) || (data98 === "DELETE"))){
const err212 = {instancePath:instancePath+"/onLeave/method",schemaPath:"#/properties/onLeave/properties/method/enum",keyword:"enum",params:{allowedValues: schema11.properties.onLeave.properties.method.enum},message:"must be equal to one of the allowed values",schema:schema11.properties.onLeave.properties.method.enum,parentSchema:schema11.properties.onLeave.properties.method,data:data98};
if(vErrors === null){
vErrors = [err212];
}
else {
vErrors.push(err212);
}
errors++;
}
}
if(data96.url !== undefined){
let data99 = data96.url;
if(typeof data99 === "string"){
if(func4(data99) < 1){
const err213 = {instancePath:instancePath+"/onLeave/url",schemaPath:"#/properties/onLeave/properties/url/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters",schema:1,parentSchema:schema11.properties.onLeave.properties.url,data:data99};
if(vErrors === null){
vErrors = [err213];
}
else {
vErrors.push(err213);
}
errors++;
}
}
else {
const err214 = {instancePath:instancePath+"/onLeave/url",schemaPath:"#/properties/onLeave/properties/url/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.onLeave.properties.url.type,parentSchema:schema11.properties.onLeave.properties.url,data:data99};
if(vErrors === null){
vErrors = [err214];
}
else {
vErrors.push(err214);
}
errors++;
}
}
}
}
if(data.critical !== undefined){
let data100 = data.critical;
if(typeof data100 !== "boolean"){
const err215 = {instancePath:instancePath+"/critical",schemaPath:"#/properties/critical/type",keyword:"type",params:{type: "boolean"},message:"must be boolean",schema:schema11.properties.critical.type,parentSchema:schema11.properties.critical,data:data100};
if(vErrors === null){
vErrors = [err215];
}
else {
vErrors.push(err215);
}
errors++;
}
}
if(data.stampRequired !== undefined){
let data101 = data.stampRequired;
if(typeof data101 !== "boolean"){
const err216 = {instancePath:instancePath+"/stampRequired",schemaPath:"#/properties/stampRequired/type",keyword:"type",params:{type: "boolean"},message:"must be boolean",schema:schema11.properties.stampRequired.type,parentSchema:schema11.properties.stampRequired,data:data101};
if(vErrors === null){
vErrors = [err216];
}
else {
vErrors.push(err216);
}
errors++;
}
}
if(data.stream !== undefined){
let data102 = data.stream;
if(data102 && typeof data102 == "object" && !Array.isArray(data102)){
if(data102.enabled === undefined){
const err217 = {instancePath:instancePath+"/stream",schemaPath:"#/properties/stream/required",keyword:"required",params:{missingProperty: "enabled"},message:"must have required property '"+"enabled"+"'",schema:schema11.properties.stream.required,parentSchema:schema11.properties.stream,data:data102};
if(vErrors === null){
vErrors = [err217];
}
else {
vErrors.push(err217);
}
errors++;
}
for(const key30 in data102){
if(!(((key30 === "enabled") || (key30 === "unknownCursor")) || (key30 === "clients"))){
const err218 = {instancePath:instancePath+"/stream",schemaPath:"#/properties/stream/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key30},message:"must NOT have additional properties",schema:false,parentSchema:schema11.properties.stream,data:data102};
if(vErrors === null){
vErrors = [err218];
}
else {
vErrors.push(err218);
}
errors++;
}
}
if(data102.enabled !== undefined){
let data103 = data102.enabled;
if(typeof data103 !== "boolean"){
const err219 = {instancePath:instancePath+"/stream/enabled",schemaPath:"#/properties/stream/properties/enabled/type",keyword:"type",params:{type: "boolean"},message:"must be boolean",schema:schema11.properties.stream.properties.enabled.type,parentSchema:schema11.properties.stream.properties.enabled,data:data103};
if(vErrors === null){
vErrors = [err219];
}
else {
vErrors.push(err219);
}
errors++;
}
}
if(data102.unknownCursor !== undefined){
let data104 = data102.unknownCursor;
if(!((data104 === "start") || (data104 === "now"))){
const err220 = {instancePath:instancePath+"/stream/unknownCursor",schemaPath:"#/properties/stream/properties/unknownCursor/enum",keyword:"enum",params:{allowedValues: schema11.properties.stream.properties.unknownCursor.enum},message:"must be equal to one of the allowed values",schema:schema11.properties.stream.properties.unknownCursor.enum,parentSchema:schema11.properties.stream.properties.unknownCursor,data:data104};
if(vErrors === null){
vErrors = [err220];
}
else {
vErrors.push(err220);
}
errors++;
}
}
if(data102.clients !== undefined){
let data105 = data102.clients;
if(!((data105 === "any") || (data105 === "all"))){
const err221 = {instancePath:instancePath+"/stream/clients",schemaPath:"#/properties/stream/properties/clients/enum",keyword:"enum",params:{allowedValues: schema11.properties.stream.properties.clients.enum},message:"must be equal to one of the allowed values",schema:schema11.properties.stream.properties.clients.enum,parentSchema:schema11.properties.stream.properties.clients,data:data105};
if(vErrors === null){
vErrors = [err221];
}
else {
vErrors.push(err221);
}
errors++;
}
}
}
else {
const err222 = {instancePath:instancePath+"/stream",schemaPath:"#/properties/stream/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.properties.stream.type,parentSchema:schema11.properties.stream,data:data102};
if(vErrors === null){
vErrors = [err222];
}
else {
vErrors.push(err222);
}
errors++;
}
}
if(data.inbound !== undefined){
let data106 = data.inbound;
if(Array.isArray(data106)){
const len5 = data106.length;
for(let i5=0; i5<len5; i5++){
let data107 = data106[i5];
if(data107 && typeof data107 == "object" && !Array.isArray(data107)){
if(data107.path === undefined){
const err223 = {instancePath:instancePath+"/inbound/" + i5,schemaPath:"#/properties/inbound/items/required",keyword:"required",params:{missingProperty: "path"},message:"must have required property '"+"path"+"'",schema:schema11.properties.inbound.items.required,parentSchema:schema11.properties.inbound.items,data:data107};
if(vErrors === null){
vErrors = [err223];
}
else {
vErrors.push(err223);
}
errors++;
}
if(data107.topic === undefined){
const err224 = {instancePath:instancePath+"/inbound/" + i5,schemaPath:"#/properties/inbound/items/required",keyword:"required",params:{missingProperty: "topic"},message:"must have required property '"+"topic"+"'",schema:schema11.properties.inbound.items.required,parentSchema:schema11.properties.inbound.items,data:data107};
if(vErrors === null){
vErrors = [err224];
}
else {
vErrors.push(err224);
}
errors++;
}
if(data107.auth === undefined){
const err225 = {instancePath:instancePath+"/inbound/" + i5,schemaPath:"#/properties/inbound/items/required",keyword:"required",params:{missingProperty: "auth"},message:"must have required property '"+"auth"+"'",schema:schema11.properties.inbound.items.required,parentSchema:schema11.properties.inbound.items,data:data107};
if(vErrors === null){
vErrors = [err225];
}
else {
vErrors.push(err225);
}
errors++;
}
if(data107.mapping === undefined){
const err226 = {instancePath:instancePath+"/inbound/" + i5,schemaPath:"#/properties/inbound/items/required",keyword:"required",params:{missingProperty: "mapping"},message:"must have required property '"+"mapping"+"'",schema:schema11.properties.inbound.items.required,parentSchema:schema11.properties.inbound.items,data:data107};
if(vErrors === null){
vErrors = [err226];
}
else {
vErrors.push(err226);
}
errors++;
}
for(const key31 in data107){
if(!((((((key31 === "path") || (key31 === "topic")) || (key31 === "auth")) || (key31 === "mapping")) || (key31 === "accept")) || (key31 === "handshake"))){
const err227 = {instancePath:instancePath+"/inbound/" + i5,schemaPath:"#/properties/inbound/items/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key31},message:"must NOT have additional properties",schema:false,parentSchema:schema11.properties.inbound.items,data:data107};
if(vErrors === null){
vErrors = [err227];
}
else {
vErrors.push(err227);
}
errors++;
}
}
if(data107.path !== undefined){
let data108 = data107.path;
if(typeof data108 === "string"){
if(!pattern11.test(data108)){
const err228 = {instancePath:instancePath+"/inbound/" + i5+"/path",schemaPath:"#/properties/inbound/items/properties/path/pattern",keyword:"pattern",params:{pattern: "^/[A-Za-z0-9._~/-]*$"},message:"must match pattern \""+"^/[A-Za-z0-9._~/-]*$"+"\"",schema:"^/[A-Za-z0-9._~/-]*$",parentSchema:schema11.properties.inbound.items.properties.path,data:data108};
if(vErrors === null){
vErrors = [err228];
}
else {
vErrors.push(err228);
}
errors++;
}
}
else {
const err229 = {instancePath:instancePath+"/inbound/" + i5+"/path",schemaPath:"#/properties/inbound/items/properties/path/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.inbound.items.properties.path.type,parentSchema:schema11.properties.inbound.items.properties.path,data:data108};
if(vErrors === null){
vErrors = [err229];
}
else {
vErrors.push(err229);
}
errors++;
}
}
if(data107.topic !== undefined){
let data109 = data107.topic;
if(typeof data109 === "string"){
if(!pattern1.test(data109)){
const err230 = {instancePath:instancePath+"/inbound/" + i5+"/topic",schemaPath:"#/properties/inbound/items/properties/topic/pattern",keyword:"pattern",params:{pattern: "^[A-Za-z0-9._-]+$"},message:"must match pattern \""+"^[A-Za-z0-9._-]+$"+"\"",schema:"^[A-Za-z0-9._-]+$",parentSchema:schema11.properties.inbound.items.properties.topic,data:data109};
if(vErrors === null){
vErrors = [err230];
}
else {
vErrors.push(err230);
}
errors++;
}
}
else {
const err231 = {instancePath:instancePath+"/inbound/" + i5+"/topic",schemaPath:"#/properties/inbound/items/properties/topic/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.inbound.items.properties.topic.type,parentSchema:schema11.properties.inbound.items.properties.topic,data:data109};
if(vErrors === null){
vErrors = [err231];
}
else {
vErrors.push(err231);
}
errors++;
}
}
if(data107.auth !== undefined){
let data110 = data107.auth;
if(data110 && typeof data110 == "object" && !Array.isArray(data110)){
if(Object.keys(data110).length < 1){
const err232 = {instancePath:instancePath+"/inbound/" + i5+"/auth",schemaPath:"#/properties/inbound/items/properties/auth/minProperties",keyword:"minProperties",params:{limit: 1},message:"must NOT have fewer than 1 properties",schema:1,parentSchema:schema11.properties.inbound.items.properties.auth,data:data110};
if(vErrors === null){
vErrors = [err232];
}
else {
vErrors.push(err232);
}
errors++;
}
for(const key32 in data110){
if(!(((((((key32 === "body") || (key32 === "header")) || (key32 === "bearer")) || (key32 === "sign")) || (key32 === "apiKey")) || (key32 === "jwt")) || (key32 === "clientCertificate"))){
const err233 = {instancePath:instancePath+"/inbound/" + i5+"/auth",schemaPath:"#/properties/inbound/items/properties/auth/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key32},message:"must NOT have additional properties",schema:false,parentSchema:schema11.properties.inbound.items.properties.auth,data:data110};
if(vErrors === null){
vErrors = [err233];
}
else {
vErrors.push(err233);
}
errors++;
}
}
if(data110.body !== undefined){
let data111 = data110.body;
if(data111 && typeof data111 == "object" && !Array.isArray(data111)){
if(Object.keys(data111).length < 1){
const err234 = {instancePath:instancePath+"/inbound/" + i5+"/auth/body",schemaPath:"#/properties/inbound/items/properties/auth/properties/body/minProperties",keyword:"minProperties",params:{limit: 1},message:"must NOT have fewer than 1 properties",schema:1,parentSchema:schema11.properties.inbound.items.properties.auth.properties.body,data:data111};
if(vErrors === null){
vErrors = [err234];
}
else {
vErrors.push(err234);
}
errors++;
}
for(const key33 in data111){
let data112 = data111[key33];
if(typeof data112 !== "string"){
const err235 = {instancePath:instancePath+"/inbound/" + i5+"/auth/body/" + key33.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/inbound/items/properties/auth/properties/body/additionalProperties/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.inbound.items.properties.auth.properties.body.additionalProperties.type,parentSchema:schema11.properties.inbound.items.properties.auth.properties.body.additionalProperties,data:data112};
if(vErrors === null){
vErrors = [err235];
}
else {
vErrors.push(err235);
}
errors++;
}
}
}
else {
const err236 = {instancePath:instancePath+"/inbound/" + i5+"/auth/body",schemaPath:"#/properties/inbound/items/properties/auth/properties/body/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.properties.inbound.items.properties.auth.properties.body.type,parentSchema:schema11.properties.inbound.items.properties.auth.properties.body,data:data111};
if(vErrors === null){
vErrors = [err236];
}
else {
vErrors.push(err236);
}
errors++;
}
}
if(data110.header !== undefined){
let data113 = data110.header;
if(data113 && typeof data113 == "object" && !Array.isArray(data113)){
if(Object.keys(data113).length < 1){
const err237 = {instancePath:instancePath+"/inbound/" + i5+"/auth/header",schemaPath:"#/properties/inbound/items/properties/auth/properties/header/minProperties",keyword:"minProperties",params:{limit: 1},message:"must NOT have fewer than 1 properties",schema:1,parentSchema:schema11.properties.inbound.items.properties.auth.properties.header,data:data113};
if(vErrors === null){
vErrors = [err237];
}
else {
vErrors.push(err237);
}
errors++;
}
for(const key34 in data113){
const _errs259 = errors;
if(typeof key34 === "string"){
if(!pattern4.test(key34)){
const err238 = {instancePath:instancePath+"/inbound/" + i5+"/auth/header",schemaPath:"#/properties/inbound/items/properties/auth/properties/header/propertyNames/pattern",keyword:"pattern",params:{pattern: "^[A-Za-z0-9-]+$"},message:"must match pattern \""+"^[A-Za-z0-9-]+$"+"\"",schema:"^[A-Za-z0-9-]+$",parentSchema:schema11.properties.inbound.items.properties.auth.properties.header.propertyNames,data:key34,propertyName:key34};
if(vErrors === null){
vErrors = [err238];
}
else {
vErrors.push(err238);
}
errors++;
}
}
var valid45 = _errs259 === errors;
if(!valid45){
const err239 = {instancePath:instancePath+"/inbound/" + i5+"/auth/header",schemaPath:"#/properties/inbound/items/properties/auth/properties/header/propertyNames",keyword:"propertyNames",params:{propertyName: key34},message:"property name must be valid",schema:schema11.properties.inbound.items.properties.auth.properties.header.propertyNames,parentSchema:schema11.properties.inbound.items.properties.auth.properties.header,data:data113};
if(vErrors === null){
vErrors = [err239];
}
else {
vErrors.push(err239);
}
errors++;
}
}
for(const key35 in data113){
let data114 = data113[key35];
if(typeof data114 !== "string"){
const err240 = {instancePath:instancePath+"/inbound/" + i5+"/auth/header/" + key35.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/inbound/items/properties/auth/properties/header/additionalProperties/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.inbound.items.properties.auth.properties.header.additionalProperties.type,parentSchema:schema11.properties.inbound.items.properties.auth.properties.header.additionalProperties,data:data114};
if(vErrors === null){
vErrors = [err240];
}
else {
vErrors.push(err240);
}
errors++;
}
}
}
else {
const err241 = {instancePath:instancePath+"/inbound/" + i5+"/auth/header",schemaPath:"#/properties/inbound/items/properties/auth/properties/header/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.properties.inbound.items.properties.auth.properties.header.type,parentSchema:schema11.properties.inbound.items.properties.auth.properties.header,data:data113};
if(vErrors === null){
vErrors = [err241];
}
else {
vErrors.push(err241);
}
errors++;
}
}
if(data110.bearer !== undefined){
let data115 = data110.bearer;
if(typeof data115 !== "string"){
const err242 = {instancePath:instancePath+"/inbound/" + i5+"/auth/bearer",schemaPath:"#/properties/inbound/items/properties/auth/properties/bearer/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.inbound.items.properties.auth.properties.bearer.type,parentSchema:schema11.properties.inbound.items.properties.auth.properties.bearer,data:data115};
if(vErrors === null){
vErrors = [err242];
}
else {
vErrors.push(err242);
}
errors++;
}
}
if(data110.sign !== undefined){
let data116 = data110.sign;
if(data116 && typeof data116 == "object" && !Array.isArray(data116)){
if(data116.secrets === undefined){
const err243 = {instancePath:instancePath+"/inbound/" + i5+"/auth/sign",schemaPath:"#/properties/inbound/items/properties/auth/properties/sign/required",keyword:"required",params:{missingProperty: "secrets"},message:"must have required property '"+"secrets"+"'",schema:schema11.properties.inbound.items.properties.auth.properties.sign.required,parentSchema:schema11.properties.inbound.items.properties.auth.properties.sign,data:data116};
if(vErrors === null){
vErrors = [err243];
}
else {
vErrors.push(err243);
}
errors++;
}
for(const key36 in data116){
if(!(key36 === "secrets")){
const err244 = {instancePath:instancePath+"/inbound/" + i5+"/auth/sign",schemaPath:"#/properties/inbound/items/properties/auth/properties/sign/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key36},message:"must NOT have additional properties",schema:false,parentSchema:schema11.properties.inbound.items.properties.auth.properties.sign,data:data116};
if(vErrors === null){
vErrors = [err244];
}
else {
vErrors.push(err244);
}
errors++;
}
}
if(data116.secrets !== undefined){
let data117 = data116.secrets;
if(Array.isArray(data117)){
if(data117.length < 1){
const err245 = {instancePath:instancePath+"/inbound/" + i5+"/auth/sign/secrets",schemaPath:"#/properties/inbound/items/properties/auth/properties/sign/properties/secrets/minItems",keyword:"minItems",params:{limit: 1},message:"must NOT have fewer than 1 items",schema:1,parentSchema:schema11.properties.inbound.items.properties.auth.properties.sign.properties.secrets,data:data117};
if(vErrors === null){
vErrors = [err245];
}
else {
vErrors.push(err245);
}
errors++;
}
const len6 = data117.length;
for(let i6=0; i6<len6; i6++){
let data118 = data117[i6];
if(typeof data118 !== "string"){
const err246 = {instancePath:instancePath+"/inbound/" + i5+"/auth/sign/secrets/" + i6,schemaPath:"#/properties/inbound/items/properties/auth/properties/sign/properties/secrets/items/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.inbound.items.properties.auth.properties.sign.properties.secrets.items.type,parentSchema:schema11.properties.inbound.items.properties.auth.properties.sign.properties.secrets.items,data:data118};
if(vErrors === null){
vErrors = [err246];
}
else {
vErrors.push(err246);
}
errors++;
}
}
}
else {
const err247 = {instancePath:instancePath+"/inbound/" + i5+"/auth/sign/secrets",schemaPath:"#/properties/inbound/items/properties/auth/properties/sign/properties/secrets/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema11.properties.inbound.items.properties.auth.properties.sign.properties.secrets.type,parentSchema:schema11.properties.inbound.items.properties.auth.properties.sign.properties.secrets,data:data117};
if(vErrors === null){
vErrors = [err247];
}
else {
vErrors.push(err247);
}
errors++;
}
}
}
else {
const err248 = {instancePath:instancePath+"/inbound/" + i5+"/auth/sign",schemaPath:"#/properties/inbound/items/properties/auth/properties/sign/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.properties.inbound.items.properties.auth.properties.sign.type,parentSchema:schema11.properties.inbound.items.properties.auth.properties.sign,data:data116};
if(vErrors === null){
vErrors = [err248];
}
else {
vErrors.push(err248);
}
errors++;
}
}
if(data110.apiKey !== undefined){
let data119 = data110.apiKey;
if(typeof data119 !== "boolean"){
const err249 = {instancePath:instancePath+"/inbound/" + i5+"/auth/apiKey",schemaPath:"#/properties/inbound/items/properties/auth/properties/apiKey/type",keyword:"type",params:{type: "boolean"},message:"must be boolean",schema:schema11.properties.inbound.items.properties.auth.properties.apiKey.type,parentSchema:schema11.properties.inbound.items.properties.auth.properties.apiKey,data:data119};
if(vErrors === null){
vErrors = [err249];
}
else {
vErrors.push(err249);
}
errors++;
}
}
if(data110.jwt !== undefined){
let data120 = data110.jwt;
if(typeof data120 !== "boolean"){
const err250 = {instancePath:instancePath+"/inbound/" + i5+"/auth/jwt",schemaPath:"#/properties/inbound/items/properties/auth/properties/jwt/type",keyword:"type",params:{type: "boolean"},message:"must be boolean",schema:schema11.properties.inbound.items.properties.auth.properties.jwt.type,parentSchema:schema11.properties.inbound.items.properties.auth.properties.jwt,data:data120};
if(vErrors === null){
vErrors = [err250];
}
else {
vErrors.push(err250);
}
errors++;
}
}
if(data110.clientCertificate !== undefined){
let data121 = data110.clientCertificate;
if(data121 && typeof data121 == "object" && !Array.isArray(data121)){
if(data121.subject === undefined){
const err251 = {instancePath:instancePath+"/inbound/" + i5+"/auth/clientCertificate",schemaPath:"#/properties/inbound/items/properties/auth/properties/clientCertificate/required",keyword:"required",params:{missingProperty: "subject"},message:"must have required property '"+"subject"+"'",schema:schema11.properties.inbound.items.properties.auth.properties.clientCertificate.required,parentSchema:schema11.properties.inbound.items.properties.auth.properties.clientCertificate,data:data121};
if(vErrors === null){
vErrors = [err251];
}
else {
vErrors.push(err251);
}
errors++;
}
for(const key37 in data121){
if(!(key37 === "subject")){
const err252 = {instancePath:instancePath+"/inbound/" + i5+"/auth/clientCertificate",schemaPath:"#/properties/inbound/items/properties/auth/properties/clientCertificate/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key37},message:"must NOT have additional properties",schema:false,parentSchema:schema11.properties.inbound.items.properties.auth.properties.clientCertificate,data:data121};
if(vErrors === null){
vErrors = [err252];
}
else {
vErrors.push(err252);
}
errors++;
}
}
if(data121.subject !== undefined){
let data122 = data121.subject;
if(typeof data122 === "string"){
if(func4(data122) < 3){
const err253 = {instancePath:instancePath+"/inbound/" + i5+"/auth/clientCertificate/subject",schemaPath:"#/properties/inbound/items/properties/auth/properties/clientCertificate/properties/subject/minLength",keyword:"minLength",params:{limit: 3},message:"must NOT have fewer than 3 characters",schema:3,parentSchema:schema11.properties.inbound.items.properties.auth.properties.clientCertificate.properties.subject,data:data122};
if(vErrors === null){
vErrors = [err253];
}
else {
vErrors.push(err253);
}
errors++;
}
}
else {
const err254 = {instancePath:instancePath+"/inbound/" + i5+"/auth/clientCertificate/subject",schemaPath:"#/properties/inbound/items/properties/auth/properties/clientCertificate/properties/subject/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.inbound.items.properties.auth.properties.clientCertificate.properties.subject.type,parentSchema:schema11.properties.inbound.items.properties.auth.properties.clientCertificate.properties.subject,data:data122};
if(vErrors === null){
vErrors = [err254];
}
else {
vErrors.push(err254);
}
errors++;
}
}
}
else {
const err255 = {instancePath:instancePath+"/inbound/" + i5+"/auth/clientCertificate",schemaPath:"#/properties/inbound/items/properties/auth/properties/clientCertificate/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.properties.inbound.items.properties.auth.properties.clientCertificate.type,parentSchema:schema11.properties.inbound.items.properties.auth.properties.clientCertificate,data:data121};
if(vErrors === null){
vErrors = [err255];
}
else {
vErrors.push(err255);
}
errors++;
}
}
}
else {
const err256 = {instancePath:instancePath+"/inbound/" + i5+"/auth",schemaPath:"#/properties/inbound/items/properties/auth/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.properties.inbound.items.properties.auth.type,parentSchema:schema11.properties.inbound.items.properties.auth,data:data110};
if(vErrors === null){
vErrors = [err256];
}
else {
vErrors.push(err256);
}
errors++;
}
}
if(data107.mapping !== undefined){
let data123 = data107.mapping;
if(typeof data123 === "string"){
if(!pattern3.test(data123)){
const err257 = {instancePath:instancePath+"/inbound/" + i5+"/mapping",schemaPath:"#/properties/inbound/items/properties/mapping/pattern",keyword:"pattern",params:{pattern: "^[A-Za-z0-9][A-Za-z0-9._-]*\\.json$"},message:"must match pattern \""+"^[A-Za-z0-9][A-Za-z0-9._-]*\\.json$"+"\"",schema:"^[A-Za-z0-9][A-Za-z0-9._-]*\\.json$",parentSchema:schema11.properties.inbound.items.properties.mapping,data:data123};
if(vErrors === null){
vErrors = [err257];
}
else {
vErrors.push(err257);
}
errors++;
}
}
else {
const err258 = {instancePath:instancePath+"/inbound/" + i5+"/mapping",schemaPath:"#/properties/inbound/items/properties/mapping/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.inbound.items.properties.mapping.type,parentSchema:schema11.properties.inbound.items.properties.mapping,data:data123};
if(vErrors === null){
vErrors = [err258];
}
else {
vErrors.push(err258);
}
errors++;
}
}
if(data107.accept !== undefined){
let data124 = data107.accept;
if(Array.isArray(data124)){
if(data124.length < 1){
const err259 = {instancePath:instancePath+"/inbound/" + i5+"/accept",schemaPath:"#/properties/inbound/items/properties/accept/minItems",keyword:"minItems",params:{limit: 1},message:"must NOT have fewer than 1 items",schema:1,parentSchema:schema11.properties.inbound.items.properties.accept,data:data124};
if(vErrors === null){
vErrors = [err259];
}
else {
vErrors.push(err259);
}
errors++;
}
const len7 = data124.length;
for(let i7=0; i7<len7; i7++){
let data125 = data124[i7];
if(!((data125 === "json") || (data125 === "form"))){
const err260 = {instancePath:instancePath+"/inbound/" + i5+"/accept/" + i7,schemaPath:"#/properties/inbound/items/properties/accept/items/enum",keyword:"enum",params:{allowedValues: schema11.properties.inbound.items.properties.accept.items.enum},message:"must be equal to one of the allowed values",schema:schema11.properties.inbound.items.properties.accept.items.enum,parentSchema:schema11.properties.inbound.items.properties.accept.items,data:data125};
if(vErrors === null){
vErrors = [err260];
}
else {
vErrors.push(err260);
}
errors++;
}
}
let i8 = data124.length;
let j0;
if(i8 > 1){
outer0:
for(;i8--;){
for(j0 = i8; j0--;){
if(func0(data124[i8], data124[j0])){
const err261 = {instancePath:instancePath+"/inbound/" + i5+"/accept",schemaPath:"#/properties/inbound/items/properties/accept/uniqueItems",keyword:"uniqueItems",params:{i: i8, j: j0},message:"must NOT have duplicate items (items ## "+j0+" and "+i8+" are identical)",schema:true,parentSchema:schema11.properties.inbound.items.properties.accept,data:data124};
if(vErrors === null){
vErrors = [err261];
}
else {
vErrors.push(err261);
}
errors++;
break outer0;
}
}
}
}
}
else {
const err262 = {instancePath:instancePath+"/inbound/" + i5+"/accept",schemaPath:"#/properties/inbound/items/properties/accept/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema11.properties.inbound.items.properties.accept.type,parentSchema:schema11.properties.inbound.items.properties.accept,data:data124};
if(vErrors === null){
vErrors = [err262];
}
else {
vErrors.push(err262);
}
errors++;
}
}
if(data107.handshake !== undefined){
let data126 = data107.handshake;
if(data126 && typeof data126 == "object" && !Array.isArray(data126)){
if(Object.keys(data126).length < 1){
const err263 = {instancePath:instancePath+"/inbound/" + i5+"/handshake",schemaPath:"#/properties/inbound/items/properties/handshake/minProperties",keyword:"minProperties",params:{limit: 1},message:"must NOT have fewer than 1 properties",schema:1,parentSchema:schema11.properties.inbound.items.properties.handshake,data:data126};
if(vErrors === null){
vErrors = [err263];
}
else {
vErrors.push(err263);
}
errors++;
}
for(const key38 in data126){
if(!((key38 === "cloudEvents") || (key38 === "challenge"))){
const err264 = {instancePath:instancePath+"/inbound/" + i5+"/handshake",schemaPath:"#/properties/inbound/items/properties/handshake/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key38},message:"must NOT have additional properties",schema:false,parentSchema:schema11.properties.inbound.items.properties.handshake,data:data126};
if(vErrors === null){
vErrors = [err264];
}
else {
vErrors.push(err264);
}
errors++;
}
}
if(data126.cloudEvents !== undefined){
let data127 = data126.cloudEvents;
if(data127 && typeof data127 == "object" && !Array.isArray(data127)){
if(data127.origins === undefined){
const err265 = {instancePath:instancePath+"/inbound/" + i5+"/handshake/cloudEvents",schemaPath:"#/properties/inbound/items/properties/handshake/properties/cloudEvents/required",keyword:"required",params:{missingProperty: "origins"},message:"must have required property '"+"origins"+"'",schema:schema11.properties.inbound.items.properties.handshake.properties.cloudEvents.required,parentSchema:schema11.properties.inbound.items.properties.handshake.properties.cloudEvents,data:data127};
if(vErrors === null){
vErrors = [err265];
}
else {
vErrors.push(err265);
}
errors++;
}
for(const key39 in data127){
if(!((key39 === "origins") || (key39 === "perMinute"))){
const err266 = {instancePath:instancePath+"/inbound/" + i5+"/handshake/cloudEvents",schemaPath:"#/properties/inbound/items/properties/handshake/properties/cloudEvents/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key39},message:"must NOT have additional properties",schema:false,parentSchema:schema11.properties.inbound.items.properties.handshake.properties.cloudEvents,data:data127};
if(vErrors === null){
vErrors = [err266];
}
else {
vErrors.push(err266);
}
errors++;
}
}
if(data127.origins !== undefined){
let data128 = data127.origins;
if(Array.isArray(data128)){
if(data128.length < 1){
const err267 = {instancePath:instancePath+"/inbound/" + i5+"/handshake/cloudEvents/origins",schemaPath:"#/properties/inbound/items/properties/handshake/properties/cloudEvents/properties/origins/minItems",keyword:"minItems",params:{limit: 1},message:"must NOT have fewer than 1 items",schema:1,parentSchema:schema11.properties.inbound.items.properties.handshake.properties.cloudEvents.properties.origins,data:data128};
if(vErrors === null){
vErrors = [err267];
}
else {
vErrors.push(err267);
}
errors++;
}
const len8 = data128.length;
for(let i9=0; i9<len8; i9++){
let data129 = data128[i9];
if(typeof data129 === "string"){
if(!pattern15.test(data129)){
const err268 = {instancePath:instancePath+"/inbound/" + i5+"/handshake/cloudEvents/origins/" + i9,schemaPath:"#/properties/inbound/items/properties/handshake/properties/cloudEvents/properties/origins/items/pattern",keyword:"pattern",params:{pattern: "^[A-Za-z0-9._:-]+$"},message:"must match pattern \""+"^[A-Za-z0-9._:-]+$"+"\"",schema:"^[A-Za-z0-9._:-]+$",parentSchema:schema11.properties.inbound.items.properties.handshake.properties.cloudEvents.properties.origins.items,data:data129};
if(vErrors === null){
vErrors = [err268];
}
else {
vErrors.push(err268);
}
errors++;
}
}
else {
const err269 = {instancePath:instancePath+"/inbound/" + i5+"/handshake/cloudEvents/origins/" + i9,schemaPath:"#/properties/inbound/items/properties/handshake/properties/cloudEvents/properties/origins/items/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.inbound.items.properties.handshake.properties.cloudEvents.properties.origins.items.type,parentSchema:schema11.properties.inbound.items.properties.handshake.properties.cloudEvents.properties.origins.items,data:data129};
if(vErrors === null){
vErrors = [err269];
}
else {
vErrors.push(err269);
}
errors++;
}
}
}
else {
const err270 = {instancePath:instancePath+"/inbound/" + i5+"/handshake/cloudEvents/origins",schemaPath:"#/properties/inbound/items/properties/handshake/properties/cloudEvents/properties/origins/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema11.properties.inbound.items.properties.handshake.properties.cloudEvents.properties.origins.type,parentSchema:schema11.properties.inbound.items.properties.handshake.properties.cloudEvents.properties.origins,data:data128};
if(vErrors === null){
vErrors = [err270];
}
else {
vErrors.push(err270);
}
errors++;
}
}
if(data127.perMinute !== undefined){
let data130 = data127.perMinute;
if(!(((typeof data130 == "number") && (!(data130 % 1) && !isNaN(data130))) && (isFinite(data130)))){
const err271 = {instancePath:instancePath+"/inbound/" + i5+"/handshake/cloudEvents/perMinute",schemaPath:"#/properties/inbound/items/properties/handshake/properties/cloudEvents/properties/perMinute/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema11.properties.inbound.items.properties.handshake.properties.cloudEvents.properties.perMinute.type,parentSchema:schema11.properties.inbound.items.properties.handshake.properties.cloudEvents.properties.perMinute,data:data130};
if(vErrors === null){
vErrors = [err271];
}
else {
vErrors.push(err271);
}
errors++;
}
if((typeof data130 == "number") && (isFinite(data130))){
if(data130 < 1 || isNaN(data130)){
const err272 = {instancePath:instancePath+"/inbound/" + i5+"/handshake/cloudEvents/perMinute",schemaPath:"#/properties/inbound/items/properties/handshake/properties/cloudEvents/properties/perMinute/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1},message:"must be >= 1",schema:1,parentSchema:schema11.properties.inbound.items.properties.handshake.properties.cloudEvents.properties.perMinute,data:data130};
if(vErrors === null){
vErrors = [err272];
}
else {
vErrors.push(err272);
}
errors++;
}
}
}
}
else {
const err273 = {instancePath:instancePath+"/inbound/" + i5+"/handshake/cloudEvents",schemaPath:"#/properties/inbound/items/properties/handshake/properties/cloudEvents/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.properties.inbound.items.properties.handshake.properties.cloudEvents.type,parentSchema:schema11.properties.inbound.items.properties.handshake.properties.cloudEvents,data:data127};
if(vErrors === null){
vErrors = [err273];
}
else {
vErrors.push(err273);
}
errors++;
}
}
if(data126.challenge !== undefined){
let data131 = data126.challenge;
if(data131 && typeof data131 == "object" && !Array.isArray(data131)){
if(data131.parameter === undefined){
const err274 = {instancePath:instancePath+"/inbound/" + i5+"/handshake/challenge",schemaPath:"#/properties/inbound/items/properties/handshake/properties/challenge/required",keyword:"required",params:{missingProperty: "parameter"},message:"must have required property '"+"parameter"+"'",schema:schema11.properties.inbound.items.properties.handshake.properties.challenge.required,parentSchema:schema11.properties.inbound.items.properties.handshake.properties.challenge,data:data131};
if(vErrors === null){
vErrors = [err274];
}
else {
vErrors.push(err274);
}
errors++;
}
for(const key40 in data131){
if(!((key40 === "parameter") || (key40 === "token"))){
const err275 = {instancePath:instancePath+"/inbound/" + i5+"/handshake/challenge",schemaPath:"#/properties/inbound/items/properties/handshake/properties/challenge/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key40},message:"must NOT have additional properties",schema:false,parentSchema:schema11.properties.inbound.items.properties.handshake.properties.challenge,data:data131};
if(vErrors === null){
vErrors = [err275];
}
else {
vErrors.push(err275);
}
errors++;
}
}
if(data131.parameter !== undefined){
let data132 = data131.parameter;
if(typeof data132 === "string"){
if(!pattern1.test(data132)){
const err276 = {instancePath:instancePath+"/inbound/" + i5+"/handshake/challenge/parameter",schemaPath:"#/properties/inbound/items/properties/handshake/properties/challenge/properties/parameter/pattern",keyword:"pattern",params:{pattern: "^[A-Za-z0-9._-]+$"},message:"must match pattern \""+"^[A-Za-z0-9._-]+$"+"\"",schema:"^[A-Za-z0-9._-]+$",parentSchema:schema11.properties.inbound.items.properties.handshake.properties.challenge.properties.parameter,data:data132};
if(vErrors === null){
vErrors = [err276];
}
else {
vErrors.push(err276);
}
errors++;
}
}
else {
const err277 = {instancePath:instancePath+"/inbound/" + i5+"/handshake/challenge/parameter",schemaPath:"#/properties/inbound/items/properties/handshake/properties/challenge/properties/parameter/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.inbound.items.properties.handshake.properties.challenge.properties.parameter.type,parentSchema:schema11.properties.inbound.items.properties.handshake.properties.challenge.properties.parameter,data:data132};
if(vErrors === null){
vErrors = [err277];
}
else {
vErrors.push(err277);
}
errors++;
}
}
if(data131.token !== undefined){
let data133 = data131.token;
if(data133 && typeof data133 == "object" && !Array.isArray(data133)){
if(data133.parameter === undefined){
const err278 = {instancePath:instancePath+"/inbound/" + i5+"/handshake/challenge/token",schemaPath:"#/properties/inbound/items/properties/handshake/properties/challenge/properties/token/required",keyword:"required",params:{missingProperty: "parameter"},message:"must have required property '"+"parameter"+"'",schema:schema11.properties.inbound.items.properties.handshake.properties.challenge.properties.token.required,parentSchema:schema11.properties.inbound.items.properties.handshake.properties.challenge.properties.token,data:data133};
if(vErrors === null){
vErrors = [err278];
}
else {
vErrors.push(err278);
}
errors++;
}
if(data133.value === undefined){
const err279 = {instancePath:instancePath+"/inbound/" + i5+"/handshake/challenge/token",schemaPath:"#/properties/inbound/items/properties/handshake/properties/challenge/properties/token/required",keyword:"required",params:{missingProperty: "value"},message:"must have required property '"+"value"+"'",schema:schema11.properties.inbound.items.properties.handshake.properties.challenge.properties.token.required,parentSchema:schema11.properties.inbound.items.properties.handshake.properties.challenge.properties.token,data:data133};
if(vErrors === null){
vErrors = [err279];
}
else {
vErrors.push(err279);
}
errors++;
}
for(const key41 in data133){
if(!((key41 === "parameter") || (key41 === "value"))){
const err280 = {instancePath:instancePath+"/inbound/" + i5+"/handshake/challenge/token",schemaPath:"#/properties/inbound/items/properties/handshake/properties/challenge/properties/token/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key41},message:"must NOT have additional properties",schema:false,parentSchema:schema11.properties.inbound.items.properties.handshake.properties.challenge.properties.token,data:data133};
if(vErrors === null){
vErrors = [err280];
}
else {
vErrors.push(err280);
}
errors++;
}
}
if(data133.parameter !== undefined){
let data134 = data133.parameter;
if(typeof data134 === "string"){
if(!pattern1.test(data134)){
const err281 = {instancePath:instancePath+"/inbound/" + i5+"/handshake/challenge/token/parameter",schemaPath:"#/properties/inbound/items/properties/handshake/properties/challenge/properties/token/properties/parameter/pattern",keyword:"pattern",params:{pattern: "^[A-Za-z0-9._-]+$"},message:"must match pattern \""+"^[A-Za-z0-9._-]+$"+"\"",schema:"^[A-Za-z0-9._-]+$",parentSchema:schema11.properties.inbound.items.properties.handshake.properties.challenge.properties.token.properties.parameter,data:data134};
if(vErrors === null){
vErrors = [err281];
}
else {
vErrors.push(err281);
}
errors++;
}
}
else {
const err282 = {instancePath:instancePath+"/inbound/" + i5+"/handshake/challenge/token/parameter",schemaPath:"#/properties/inbound/items/properties/handshake/properties/challenge/properties/token/properties/parameter/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.inbound.items.properties.handshake.properties.challenge.properties.token.properties.parameter.type,parentSchema:schema11.properties.inbound.items.properties.handshake.properties.challenge.properties.token.properties.parameter,data:data134};
if(vErrors === null){
vErrors = [err282];
}
else {
vErrors.push(err282);
}
errors++;
}
}
if(data133.value !== undefined){
let data135 = data133.value;
if(typeof data135 !== "string"){
const err283 = {instancePath:instancePath+"/inbound/" + i5+"/handshake/challenge/token/value",schemaPath:"#/properties/inbound/items/properties/handshake/properties/challenge/properties/token/properties/value/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.inbound.items.properties.handshake.properties.challenge.properties.token.properties.value.type,parentSchema:schema11.properties.inbound.items.properties.handshake.properties.challenge.properties.token.properties.value,data:data135};
if(vErrors === null){
vErrors = [err283];
}
else {
vErrors.push(err283);
}
errors++;
}
}
}
else {
const err284 = {instancePath:instancePath+"/inbound/" + i5+"/handshake/challenge/token",schemaPath:"#/properties/inbound/items/properties/handshake/properties/challenge/properties/token/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.properties.inbound.items.properties.handshake.properties.challenge.properties.token.type,parentSchema:schema11.properties.inbound.items.properties.handshake.properties.challenge.properties.token,data:data133};
if(vErrors === null){
vErrors = [err284];
}
else {
vErrors.push(err284);
}
errors++;
}
}
}
else {
const err285 = {instancePath:instancePath+"/inbound/" + i5+"/handshake/challenge",schemaPath:"#/properties/inbound/items/properties/handshake/properties/challenge/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.properties.inbound.items.properties.handshake.properties.challenge.type,parentSchema:schema11.properties.inbound.items.properties.handshake.properties.challenge,data:data131};
if(vErrors === null){
vErrors = [err285];
}
else {
vErrors.push(err285);
}
errors++;
}
}
}
else {
const err286 = {instancePath:instancePath+"/inbound/" + i5+"/handshake",schemaPath:"#/properties/inbound/items/properties/handshake/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.properties.inbound.items.properties.handshake.type,parentSchema:schema11.properties.inbound.items.properties.handshake,data:data126};
if(vErrors === null){
vErrors = [err286];
}
else {
vErrors.push(err286);
}
errors++;
}
}
}
else {
const err287 = {instancePath:instancePath+"/inbound/" + i5,schemaPath:"#/properties/inbound/items/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.properties.inbound.items.type,parentSchema:schema11.properties.inbound.items,data:data107};
if(vErrors === null){
vErrors = [err287];
}
else {
vErrors.push(err287);
}
errors++;
}
}
}
else {
const err288 = {instancePath:instancePath+"/inbound",schemaPath:"#/properties/inbound/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema11.properties.inbound.type,parentSchema:schema11.properties.inbound,data:data106};
if(vErrors === null){
vErrors = [err288];
}
else {
vErrors.push(err288);
}
errors++;
}
}
if(data.access !== undefined){
let data136 = data.access;
if(data136 && typeof data136 == "object" && !Array.isArray(data136)){
for(const key42 in data136){
if(!(((key42 === "apiKeyHashes") || (key42 === "jwtSubject")) || (key42 === "rateLimit"))){
const err289 = {instancePath:instancePath+"/access",schemaPath:"#/properties/access/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key42},message:"must NOT have additional properties",schema:false,parentSchema:schema11.properties.access,data:data136};
if(vErrors === null){
vErrors = [err289];
}
else {
vErrors.push(err289);
}
errors++;
}
}
if(data136.apiKeyHashes !== undefined){
let data137 = data136.apiKeyHashes;
if(Array.isArray(data137)){
const len9 = data137.length;
for(let i10=0; i10<len9; i10++){
let data138 = data137[i10];
if(typeof data138 === "string"){
if(!pattern18.test(data138)){
const err290 = {instancePath:instancePath+"/access/apiKeyHashes/" + i10,schemaPath:"#/properties/access/properties/apiKeyHashes/items/pattern",keyword:"pattern",params:{pattern: "^(sha256:[0-9a-f]{64}|\\$\\{[A-Z][A-Z0-9_]*(:-none)?\\})$"},message:"must match pattern \""+"^(sha256:[0-9a-f]{64}|\\$\\{[A-Z][A-Z0-9_]*(:-none)?\\})$"+"\"",schema:"^(sha256:[0-9a-f]{64}|\\$\\{[A-Z][A-Z0-9_]*(:-none)?\\})$",parentSchema:schema11.properties.access.properties.apiKeyHashes.items,data:data138};
if(vErrors === null){
vErrors = [err290];
}
else {
vErrors.push(err290);
}
errors++;
}
}
else {
const err291 = {instancePath:instancePath+"/access/apiKeyHashes/" + i10,schemaPath:"#/properties/access/properties/apiKeyHashes/items/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.access.properties.apiKeyHashes.items.type,parentSchema:schema11.properties.access.properties.apiKeyHashes.items,data:data138};
if(vErrors === null){
vErrors = [err291];
}
else {
vErrors.push(err291);
}
errors++;
}
}
}
else {
const err292 = {instancePath:instancePath+"/access/apiKeyHashes",schemaPath:"#/properties/access/properties/apiKeyHashes/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema11.properties.access.properties.apiKeyHashes.type,parentSchema:schema11.properties.access.properties.apiKeyHashes,data:data137};
if(vErrors === null){
vErrors = [err292];
}
else {
vErrors.push(err292);
}
errors++;
}
}
if(data136.jwtSubject !== undefined){
let data139 = data136.jwtSubject;
if(typeof data139 === "string"){
if(func4(data139) < 1){
const err293 = {instancePath:instancePath+"/access/jwtSubject",schemaPath:"#/properties/access/properties/jwtSubject/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters",schema:1,parentSchema:schema11.properties.access.properties.jwtSubject,data:data139};
if(vErrors === null){
vErrors = [err293];
}
else {
vErrors.push(err293);
}
errors++;
}
}
else {
const err294 = {instancePath:instancePath+"/access/jwtSubject",schemaPath:"#/properties/access/properties/jwtSubject/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema11.properties.access.properties.jwtSubject.type,parentSchema:schema11.properties.access.properties.jwtSubject,data:data139};
if(vErrors === null){
vErrors = [err294];
}
else {
vErrors.push(err294);
}
errors++;
}
}
if(data136.rateLimit !== undefined){
let data140 = data136.rateLimit;
if(data140 && typeof data140 == "object" && !Array.isArray(data140)){
if(data140.perSecond === undefined){
const err295 = {instancePath:instancePath+"/access/rateLimit",schemaPath:"#/properties/access/properties/rateLimit/required",keyword:"required",params:{missingProperty: "perSecond"},message:"must have required property '"+"perSecond"+"'",schema:schema11.properties.access.properties.rateLimit.required,parentSchema:schema11.properties.access.properties.rateLimit,data:data140};
if(vErrors === null){
vErrors = [err295];
}
else {
vErrors.push(err295);
}
errors++;
}
for(const key43 in data140){
if(!(key43 === "perSecond")){
const err296 = {instancePath:instancePath+"/access/rateLimit",schemaPath:"#/properties/access/properties/rateLimit/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key43},message:"must NOT have additional properties",schema:false,parentSchema:schema11.properties.access.properties.rateLimit,data:data140};
if(vErrors === null){
vErrors = [err296];
}
else {
vErrors.push(err296);
}
errors++;
}
}
if(data140.perSecond !== undefined){
let data141 = data140.perSecond;
if((typeof data141 == "number") && (isFinite(data141))){
if(data141 <= 0 || isNaN(data141)){
const err297 = {instancePath:instancePath+"/access/rateLimit/perSecond",schemaPath:"#/properties/access/properties/rateLimit/properties/perSecond/exclusiveMinimum",keyword:"exclusiveMinimum",params:{comparison: ">", limit: 0},message:"must be > 0",schema:0,parentSchema:schema11.properties.access.properties.rateLimit.properties.perSecond,data:data141};
if(vErrors === null){
vErrors = [err297];
}
else {
vErrors.push(err297);
}
errors++;
}
}
else {
const err298 = {instancePath:instancePath+"/access/rateLimit/perSecond",schemaPath:"#/properties/access/properties/rateLimit/properties/perSecond/type",keyword:"type",params:{type: "number"},message:"must be number",schema:schema11.properties.access.properties.rateLimit.properties.perSecond.type,parentSchema:schema11.properties.access.properties.rateLimit.properties.perSecond,data:data141};
if(vErrors === null){
vErrors = [err298];
}
else {
vErrors.push(err298);
}
errors++;
}
}
}
else {
const err299 = {instancePath:instancePath+"/access/rateLimit",schemaPath:"#/properties/access/properties/rateLimit/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.properties.access.properties.rateLimit.type,parentSchema:schema11.properties.access.properties.rateLimit,data:data140};
if(vErrors === null){
vErrors = [err299];
}
else {
vErrors.push(err299);
}
errors++;
}
}
}
else {
const err300 = {instancePath:instancePath+"/access",schemaPath:"#/properties/access/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.properties.access.type,parentSchema:schema11.properties.access,data:data136};
if(vErrors === null){
vErrors = [err300];
}
else {
vErrors.push(err300);
}
errors++;
}
}
}
else {
const err301 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema11.type,parentSchema:schema11,data};
if(vErrors === null){
vErrors = [err301];
}
else {
vErrors.push(err301);
}
errors++;
}
validate10.errors = vErrors;
return errors === 0;
}

export const mapping = validate11;
const schema12 = mappingSchema;

function validate11(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
/*# sourceURL="mapping" */;
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.fields === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "fields"},message:"must have required property '"+"fields"+"'",schema:schema12.required,parentSchema:schema12,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
for(const key0 in data){
if(!(((((key0 === "$schema") || (key0 === "fields")) || (key0 === "constants")) || (key0 === "values")) || (key0 === "defaults"))){
const err1 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties",schema:false,parentSchema:schema12,data};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
if(data.$schema !== undefined){
let data0 = data.$schema;
if(typeof data0 !== "string"){
const err2 = {instancePath:instancePath+"/$schema",schemaPath:"#/properties/%24schema/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema12.properties.$schema.type,parentSchema:schema12.properties.$schema,data:data0};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
if(data.fields !== undefined){
let data1 = data.fields;
if(data1 && typeof data1 == "object" && !Array.isArray(data1)){
if(Object.keys(data1).length > 2000){
const err3 = {instancePath:instancePath+"/fields",schemaPath:"#/properties/fields/maxProperties",keyword:"maxProperties",params:{limit: 2000},message:"must NOT have more than 2000 properties",schema:2000,parentSchema:schema12.properties.fields,data:data1};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
if(Object.keys(data1).length < 1){
const err4 = {instancePath:instancePath+"/fields",schemaPath:"#/properties/fields/minProperties",keyword:"minProperties",params:{limit: 1},message:"must NOT have fewer than 1 properties",schema:1,parentSchema:schema12.properties.fields,data:data1};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
for(const key1 in data1){
let data2 = data1[key1];
if((typeof data2 !== "string") && (!(data2 && typeof data2 == "object" && !Array.isArray(data2)))){
const err5 = {instancePath:instancePath+"/fields/" + key1.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/fields/additionalProperties/type",keyword:"type",params:{type: schema12.properties.fields.additionalProperties.type},message:"must be string,object",schema:schema12.properties.fields.additionalProperties.type,parentSchema:schema12.properties.fields.additionalProperties,data:data2};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
if(typeof data2 === "string"){
if(func4(data2) < 1){
const err6 = {instancePath:instancePath+"/fields/" + key1.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/fields/additionalProperties/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters",schema:1,parentSchema:schema12.properties.fields.additionalProperties,data:data2};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
if(data2 && typeof data2 == "object" && !Array.isArray(data2)){
if(data2.to === undefined){
const err7 = {instancePath:instancePath+"/fields/" + key1.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/fields/additionalProperties/required",keyword:"required",params:{missingProperty: "to"},message:"must have required property '"+"to"+"'",schema:schema12.properties.fields.additionalProperties.required,parentSchema:schema12.properties.fields.additionalProperties,data:data2};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
for(const key2 in data2){
if(!(((((key2 === "to") || (key2 === "as")) || (key2 === "when")) || (key2 === "join")) || (key2 === "with"))){
const err8 = {instancePath:instancePath+"/fields/" + key1.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/fields/additionalProperties/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key2},message:"must NOT have additional properties",schema:false,parentSchema:schema12.properties.fields.additionalProperties,data:data2};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
if(data2.with !== undefined){
if(data2.join === undefined){
const err9 = {instancePath:instancePath+"/fields/" + key1.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/fields/additionalProperties/dependencies",keyword:"dependencies",params:{property: "with",
    missingProperty: "join",
    depsCount: 1,
    deps: "join"},message:"must have property join when property with is present",schema:schema12.properties.fields.additionalProperties.dependencies,parentSchema:schema12.properties.fields.additionalProperties,data:data2};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
}
if(data2.to !== undefined){
let data3 = data2.to;
if(typeof data3 === "string"){
if(func4(data3) < 1){
const err10 = {instancePath:instancePath+"/fields/" + key1.replace(/~/g, "~0").replace(/\//g, "~1")+"/to",schemaPath:"#/properties/fields/additionalProperties/properties/to/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters",schema:1,parentSchema:schema12.properties.fields.additionalProperties.properties.to,data:data3};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
}
else {
const err11 = {instancePath:instancePath+"/fields/" + key1.replace(/~/g, "~0").replace(/\//g, "~1")+"/to",schemaPath:"#/properties/fields/additionalProperties/properties/to/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema12.properties.fields.additionalProperties.properties.to.type,parentSchema:schema12.properties.fields.additionalProperties.properties.to,data:data3};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
}
if(data2.as !== undefined){
let data4 = data2.as;
if(!((((((((((((((data4 === "string") || (data4 === "number")) || (data4 === "integer")) || (data4 === "json-text")) || (data4 === "base64")) || (data4 === "hex")) || (data4 === "text")) || (data4 === "days")) || (data4 === "ms")) || (data4 === "us")) || (data4 === "date-time")) || (data4 === "date")) || (data4 === "epoch-s")) || (data4 === "epoch-ms"))){
const err12 = {instancePath:instancePath+"/fields/" + key1.replace(/~/g, "~0").replace(/\//g, "~1")+"/as",schemaPath:"#/properties/fields/additionalProperties/properties/as/enum",keyword:"enum",params:{allowedValues: schema12.properties.fields.additionalProperties.properties.as.enum},message:"must be equal to one of the allowed values",schema:schema12.properties.fields.additionalProperties.properties.as.enum,parentSchema:schema12.properties.fields.additionalProperties.properties.as,data:data4};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
}
if(data2.when !== undefined){
let data5 = data2.when;
if((typeof data5 !== "string") && (!(data5 && typeof data5 == "object" && !Array.isArray(data5)))){
const err13 = {instancePath:instancePath+"/fields/" + key1.replace(/~/g, "~0").replace(/\//g, "~1")+"/when",schemaPath:"#/properties/fields/additionalProperties/properties/when/type",keyword:"type",params:{type: schema12.properties.fields.additionalProperties.properties.when.type},message:"must be string,object",schema:schema12.properties.fields.additionalProperties.properties.when.type,parentSchema:schema12.properties.fields.additionalProperties.properties.when,data:data5};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
}
if(typeof data5 === "string"){
if(func4(data5) < 1){
const err14 = {instancePath:instancePath+"/fields/" + key1.replace(/~/g, "~0").replace(/\//g, "~1")+"/when",schemaPath:"#/properties/fields/additionalProperties/properties/when/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters",schema:1,parentSchema:schema12.properties.fields.additionalProperties.properties.when,data:data5};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
}
if(data5 && typeof data5 == "object" && !Array.isArray(data5)){
if(Object.keys(data5).length > 100){
const err15 = {instancePath:instancePath+"/fields/" + key1.replace(/~/g, "~0").replace(/\//g, "~1")+"/when",schemaPath:"#/properties/fields/additionalProperties/properties/when/maxProperties",keyword:"maxProperties",params:{limit: 100},message:"must NOT have more than 100 properties",schema:100,parentSchema:schema12.properties.fields.additionalProperties.properties.when,data:data5};
if(vErrors === null){
vErrors = [err15];
}
else {
vErrors.push(err15);
}
errors++;
}
if(Object.keys(data5).length < 1){
const err16 = {instancePath:instancePath+"/fields/" + key1.replace(/~/g, "~0").replace(/\//g, "~1")+"/when",schemaPath:"#/properties/fields/additionalProperties/properties/when/minProperties",keyword:"minProperties",params:{limit: 1},message:"must NOT have fewer than 1 properties",schema:1,parentSchema:schema12.properties.fields.additionalProperties.properties.when,data:data5};
if(vErrors === null){
vErrors = [err16];
}
else {
vErrors.push(err16);
}
errors++;
}
for(const key3 in data5){
let data6 = data5[key3];
if(((((typeof data6 !== "string") && (!((typeof data6 == "number") && (isFinite(data6))))) && (typeof data6 !== "boolean")) && (data6 !== null)) && (!(Array.isArray(data6)))){
const err17 = {instancePath:instancePath+"/fields/" + key1.replace(/~/g, "~0").replace(/\//g, "~1")+"/when/" + key3.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/fields/additionalProperties/properties/when/additionalProperties/type",keyword:"type",params:{type: schema12.properties.fields.additionalProperties.properties.when.additionalProperties.type},message:"must be string,number,boolean,null,array",schema:schema12.properties.fields.additionalProperties.properties.when.additionalProperties.type,parentSchema:schema12.properties.fields.additionalProperties.properties.when.additionalProperties,data:data6};
if(vErrors === null){
vErrors = [err17];
}
else {
vErrors.push(err17);
}
errors++;
}
if(Array.isArray(data6)){
if(data6.length < 1){
const err18 = {instancePath:instancePath+"/fields/" + key1.replace(/~/g, "~0").replace(/\//g, "~1")+"/when/" + key3.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/fields/additionalProperties/properties/when/additionalProperties/minItems",keyword:"minItems",params:{limit: 1},message:"must NOT have fewer than 1 items",schema:1,parentSchema:schema12.properties.fields.additionalProperties.properties.when.additionalProperties,data:data6};
if(vErrors === null){
vErrors = [err18];
}
else {
vErrors.push(err18);
}
errors++;
}
const len0 = data6.length;
for(let i0=0; i0<len0; i0++){
let data7 = data6[i0];
if((((typeof data7 !== "string") && (!((typeof data7 == "number") && (isFinite(data7))))) && (typeof data7 !== "boolean")) && (data7 !== null)){
const err19 = {instancePath:instancePath+"/fields/" + key1.replace(/~/g, "~0").replace(/\//g, "~1")+"/when/" + key3.replace(/~/g, "~0").replace(/\//g, "~1")+"/" + i0,schemaPath:"#/properties/fields/additionalProperties/properties/when/additionalProperties/items/type",keyword:"type",params:{type: schema12.properties.fields.additionalProperties.properties.when.additionalProperties.items.type},message:"must be string,number,boolean,null",schema:schema12.properties.fields.additionalProperties.properties.when.additionalProperties.items.type,parentSchema:schema12.properties.fields.additionalProperties.properties.when.additionalProperties.items,data:data7};
if(vErrors === null){
vErrors = [err19];
}
else {
vErrors.push(err19);
}
errors++;
}
}
}
}
}
}
if(data2.join !== undefined){
let data8 = data2.join;
if(Array.isArray(data8)){
if(data8.length > 50){
const err20 = {instancePath:instancePath+"/fields/" + key1.replace(/~/g, "~0").replace(/\//g, "~1")+"/join",schemaPath:"#/properties/fields/additionalProperties/properties/join/maxItems",keyword:"maxItems",params:{limit: 50},message:"must NOT have more than 50 items",schema:50,parentSchema:schema12.properties.fields.additionalProperties.properties.join,data:data8};
if(vErrors === null){
vErrors = [err20];
}
else {
vErrors.push(err20);
}
errors++;
}
if(data8.length < 1){
const err21 = {instancePath:instancePath+"/fields/" + key1.replace(/~/g, "~0").replace(/\//g, "~1")+"/join",schemaPath:"#/properties/fields/additionalProperties/properties/join/minItems",keyword:"minItems",params:{limit: 1},message:"must NOT have fewer than 1 items",schema:1,parentSchema:schema12.properties.fields.additionalProperties.properties.join,data:data8};
if(vErrors === null){
vErrors = [err21];
}
else {
vErrors.push(err21);
}
errors++;
}
const len1 = data8.length;
for(let i1=0; i1<len1; i1++){
let data9 = data8[i1];
if(typeof data9 === "string"){
if(func4(data9) < 1){
const err22 = {instancePath:instancePath+"/fields/" + key1.replace(/~/g, "~0").replace(/\//g, "~1")+"/join/" + i1,schemaPath:"#/properties/fields/additionalProperties/properties/join/items/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters",schema:1,parentSchema:schema12.properties.fields.additionalProperties.properties.join.items,data:data9};
if(vErrors === null){
vErrors = [err22];
}
else {
vErrors.push(err22);
}
errors++;
}
}
else {
const err23 = {instancePath:instancePath+"/fields/" + key1.replace(/~/g, "~0").replace(/\//g, "~1")+"/join/" + i1,schemaPath:"#/properties/fields/additionalProperties/properties/join/items/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema12.properties.fields.additionalProperties.properties.join.items.type,parentSchema:schema12.properties.fields.additionalProperties.properties.join.items,data:data9};
if(vErrors === null){
vErrors = [err23];
}
else {
vErrors.push(err23);
}
errors++;
}
}
}
else {
const err24 = {instancePath:instancePath+"/fields/" + key1.replace(/~/g, "~0").replace(/\//g, "~1")+"/join",schemaPath:"#/properties/fields/additionalProperties/properties/join/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema12.properties.fields.additionalProperties.properties.join.type,parentSchema:schema12.properties.fields.additionalProperties.properties.join,data:data8};
if(vErrors === null){
vErrors = [err24];
}
else {
vErrors.push(err24);
}
errors++;
}
}
if(data2.with !== undefined){
let data10 = data2.with;
if(typeof data10 === "string"){
if(func4(data10) > 100){
const err25 = {instancePath:instancePath+"/fields/" + key1.replace(/~/g, "~0").replace(/\//g, "~1")+"/with",schemaPath:"#/properties/fields/additionalProperties/properties/with/maxLength",keyword:"maxLength",params:{limit: 100},message:"must NOT have more than 100 characters",schema:100,parentSchema:schema12.properties.fields.additionalProperties.properties.with,data:data10};
if(vErrors === null){
vErrors = [err25];
}
else {
vErrors.push(err25);
}
errors++;
}
}
else {
const err26 = {instancePath:instancePath+"/fields/" + key1.replace(/~/g, "~0").replace(/\//g, "~1")+"/with",schemaPath:"#/properties/fields/additionalProperties/properties/with/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema12.properties.fields.additionalProperties.properties.with.type,parentSchema:schema12.properties.fields.additionalProperties.properties.with,data:data10};
if(vErrors === null){
vErrors = [err26];
}
else {
vErrors.push(err26);
}
errors++;
}
}
}
}
}
else {
const err27 = {instancePath:instancePath+"/fields",schemaPath:"#/properties/fields/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema12.properties.fields.type,parentSchema:schema12.properties.fields,data:data1};
if(vErrors === null){
vErrors = [err27];
}
else {
vErrors.push(err27);
}
errors++;
}
}
if(data.constants !== undefined){
let data11 = data.constants;
if(data11 && typeof data11 == "object" && !Array.isArray(data11)){
if(Object.keys(data11).length > 2000){
const err28 = {instancePath:instancePath+"/constants",schemaPath:"#/properties/constants/maxProperties",keyword:"maxProperties",params:{limit: 2000},message:"must NOT have more than 2000 properties",schema:2000,parentSchema:schema12.properties.constants,data:data11};
if(vErrors === null){
vErrors = [err28];
}
else {
vErrors.push(err28);
}
errors++;
}
}
else {
const err29 = {instancePath:instancePath+"/constants",schemaPath:"#/properties/constants/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema12.properties.constants.type,parentSchema:schema12.properties.constants,data:data11};
if(vErrors === null){
vErrors = [err29];
}
else {
vErrors.push(err29);
}
errors++;
}
}
if(data.values !== undefined){
let data12 = data.values;
if(data12 && typeof data12 == "object" && !Array.isArray(data12)){
for(const key4 in data12){
let data13 = data12[key4];
if(data13 && typeof data13 == "object" && !Array.isArray(data13)){
if(Object.keys(data13).length < 1){
const err30 = {instancePath:instancePath+"/values/" + key4.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/values/additionalProperties/minProperties",keyword:"minProperties",params:{limit: 1},message:"must NOT have fewer than 1 properties",schema:1,parentSchema:schema12.properties.values.additionalProperties,data:data13};
if(vErrors === null){
vErrors = [err30];
}
else {
vErrors.push(err30);
}
errors++;
}
}
else {
const err31 = {instancePath:instancePath+"/values/" + key4.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/values/additionalProperties/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema12.properties.values.additionalProperties.type,parentSchema:schema12.properties.values.additionalProperties,data:data13};
if(vErrors === null){
vErrors = [err31];
}
else {
vErrors.push(err31);
}
errors++;
}
}
}
else {
const err32 = {instancePath:instancePath+"/values",schemaPath:"#/properties/values/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema12.properties.values.type,parentSchema:schema12.properties.values,data:data12};
if(vErrors === null){
vErrors = [err32];
}
else {
vErrors.push(err32);
}
errors++;
}
}
if(data.defaults !== undefined){
let data14 = data.defaults;
if(data14 && typeof data14 == "object" && !Array.isArray(data14)){
if(Object.keys(data14).length > 2000){
const err33 = {instancePath:instancePath+"/defaults",schemaPath:"#/properties/defaults/maxProperties",keyword:"maxProperties",params:{limit: 2000},message:"must NOT have more than 2000 properties",schema:2000,parentSchema:schema12.properties.defaults,data:data14};
if(vErrors === null){
vErrors = [err33];
}
else {
vErrors.push(err33);
}
errors++;
}
}
else {
const err34 = {instancePath:instancePath+"/defaults",schemaPath:"#/properties/defaults/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema12.properties.defaults.type,parentSchema:schema12.properties.defaults,data:data14};
if(vErrors === null){
vErrors = [err34];
}
else {
vErrors.push(err34);
}
errors++;
}
}
}
else {
const err35 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema12.type,parentSchema:schema12,data};
if(vErrors === null){
vErrors = [err35];
}
else {
vErrors.push(err35);
}
errors++;
}
validate11.errors = vErrors;
return errors === 0;
}
