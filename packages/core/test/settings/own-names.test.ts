import { expect, it } from 'vitest';
import { ownContainerName, ownJob } from '../../src/settings/own-names.ts';

const SERVICES = { OTEL_SERVICE_NAME: 'shop', K_SERVICE: 'shop-run' };

it.each([
  ['a function', { AWS_LAMBDA_FUNCTION_NAME: 'f', POD_NAME: 'p', ...SERVICES }, 'f'],
  ['a pod', { POD_NAME: 'p', ...SERVICES }, 'p'],
  ['a service', SERVICES, 'shop'],
  ['a service of Cloud Run', { OTEL_SERVICE_NAME: '', K_SERVICE: 'shop-run' }, 'shop-run'],
  ['a pod without its name', { KUBERNETES_SERVICE_HOST: '10.0.0.1', ...SERVICES }, 'host'],
  ['a machine', {}, 'host'],
])('names the container after %s', (_, env, name) => {
  expect(ownContainerName(env, () => 'host').name).toBe(name);
});

it('takes no name from the prototype of all objects', () => {
  expect(ownContainerName(Object.create({ POD_NAME: 'p' }), () => 'host').name).toBe('host');
});

it.each([
  ['lambda', { AWS_LAMBDA_RUNTIME_API: 'a', npm_package_name: 'shop' }, 'other', 'lambda'],
  ['what npm runs', { npm_package_name: 'shop' }, 'other', 'shop'],
  [
    'its package, since npx names another',
    { npm_package_name: 'shop', npm_lifecycle_event: 'npx' },
    'other',
    'other',
  ],
  ['its package', {}, 'other', 'other'],
  ['node', {}, undefined, 'node'],
])('calls the job %s', (_, env, packageName, name) => {
  expect(ownJob(env, () => packageName).name).toBe(name);
});
