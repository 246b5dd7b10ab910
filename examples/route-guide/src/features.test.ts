import test from 'ava';
import { featureAt, features, featuresWithin } from './features.js';

const mendham = { latitude: 407838351, longitude: -746143763 };

test('the data set has 64 places with a name', (t) => {
  t.is(features.length, 64);
});

test('a feature is found at its point, and nowhere near it', (t) => {
  t.is(featureAt(mendham)?.name, 'Patriots Path, Mendham, NJ 07945, USA');
  t.is(featureAt({ ...mendham, latitude: mendham.latitude + 1 }), undefined);
});

test('a point whose place has no name has no feature', (t) => {
  t.is(featureAt({ latitude: 407113723, longitude: -749746483 }), undefined);
});

test('a rectangle has its edges, whichever two corners it is given by', (t) => {
  const corner = { latitude: 408122808, longitude: -743999179 };
  const names = ['Patriots Path, Mendham, NJ 07945, USA', '101 New Jersey 10, Whippany, NJ 07981, USA'];
  const within = featuresWithin({ lo: mendham, hi: corner });
  t.deepEqual(
    within.map(({ name }) => name),
    names,
  );
  t.deepEqual(featuresWithin({ lo: corner, hi: mendham }), within);
  const [low, high] = [mendham.latitude, corner.latitude];
  const [west, east] = [mendham.longitude, corner.longitude];
  const others = { lo: { latitude: high, longitude: west }, hi: { latitude: low, longitude: east } };
  t.deepEqual(featuresWithin(others), within);
});
