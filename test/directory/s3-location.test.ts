import { describe, expect, test } from 'vitest';
import { formatS3Location, parseS3Location } from '../../src/directory/s3-location.ts';

describe('parseS3Location', () => {
  test.each([
    ['s3://keys/a', { bucket: 'keys', key: 'a' }],
    ['s3://my.bucket-1/emergency/keys ü.txt', { bucket: 'my.bucket-1', key: 'emergency/keys ü.txt' }],
    ['s3://keys//a//b', { bucket: 'keys', key: '/a//b' }],
  ])('reads %s', (text, location) => {
    expect(parseS3Location(text)).toEqual(location);
    expect(formatS3Location(location)).toBe(text);
  });

  test.each([
    's3://keys',
    's3://keys/',
    's3://keys/folder/',
    's3:///a',
    'https://keys/a',
    's3://Keys/a',
    's3://ke/a',
    's3://keys@evil.example/a',
    's3://a..b/c',
    's3://10.0.0.1/a',
    's3://keys/a\nb',
    's3://keys/\u202Ea',
    `s3://keys/${'ü'.repeat(513)}`,
    `s3://${'k'.repeat(64)}/a`,
  ])('refuses %j', (text) => {
    expect(parseS3Location(text)).toBeUndefined();
  });
});
