import test from 'ava';
import { distance } from './distance.js';

/** Half the way around the Earth, in metres. */
const halfWay = Math.PI * 6_371_000;
const nowhere = { latitude: 0, longitude: 0 };

test('from a point to itself it is nothing', (t) => {
  const point = { latitude: 409146138, longitude: -746188906 };
  t.is(distance(point, point), 0);
});

test('from pole to pole, and to the other side of the equator, it is half the way around', (t) => {
  const north = { latitude: 9e8, longitude: 0 };
  const south = { latitude: -9e8, longitude: 0 };
  t.true(Math.abs(distance(north, south) - halfWay) < 1);
  t.true(Math.abs(distance(nowhere, { latitude: 0, longitude: 18e8 }) - halfWay) < 1);
});

test('a degree of latitude is 111 km, both ways', (t) => {
  const north = { latitude: 1e7, longitude: 0 };
  t.is(Math.round(distance(nowhere, north)), 111_195);
  t.is(distance(north, nowhere), distance(nowhere, north));
});
