"""A stand-in for the azure-native plugin: Pulumi's provider protocol on one side, ARM's REST interface on the other.

It does what azure-native does, in azure-native's manner (keyed arrays, replacement on path parameters and location
only, a look before a creation, full PUTs), and holds no rule of Azure's. How azure-native does it is known from its
source. What remains different:

- It makes up no names: where azure-native would, it says that the name is missing.
- Of the patterns, lengths and ranges that azure-native's Check has from the API, it knows those of group names.
- It serves the types and functions of `schema.py`, and one api-version of each.
- It knows no credentials but a service principal's, and puts its trust in local Azure's own authority.

azure-native itself has its oddities, which programs have to live with:

- It compares names that begin with `__` never, at any depth, so that a changed tag of such a name is never sent.
- It may show a change where several user-assigned identities come in another order.
- Before 3.29.0 its look-ups lost `$expand`, and a generalized machine looked specialized: the pin must not go below.
"""
