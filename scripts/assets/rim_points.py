"""Vertices through which the rims of the templates run, chosen by eye on renders.

Lids and nostrils are given for the subject's left; the right follows by the mirror map. Lips are given from the top
centre over the left corner to the bottom centre and completed by the mirror map. Paths between them follow edges.
"""

from __future__ import annotations

# fmt: off

# The lid curve is the front edge of the free margins, from the inner corner over the upper lid. The nostril curve is
# the ridge where the skin turns inward, from the middle of the septum's side over the front.
HACK = {
    "left_lids": [
        2872, 2871, 2870, 3585, 2905, 3830, 2860, 2852, 2853, 4128, 3264, 2923, 4164, 2849, 2931, 3242, 2847, 2848,
        4135, 3201, 2809, 2808, 4436, 3834, 2785, 2786, 2829, 3100, 2821, 2824, 2819, 2818, 2903, 2816, 2813, 2835,
        2836, 3596, 3573, 2907, 3593, 2840, 2906, 2837, 4423, 2838,
    ],
    "left_nostril": [
        5391, 5060, 5042, 5430, 5467, 5246, 5236, 5242, 5243, 5244, 5224, 5044, 5050, 5051, 5029, 5081, 5080, 5078,
        5079, 5442, 5405, 5068, 5069,
    ],
    "lips_outer": [
        5525, 6334, 6320, 6533, 6547, 6289, 6274, 6273, 6224, 6225, 6200, 6170, 6142, 6129, 6130, 6157, 6158, 6426,
        6213, 6238, 6239, 6494, 6237, 6395, 6300, 6313, 6331, 6346, 6357, 6375, 6475, 6461, 6480, 6508, 6386, 6438,
        5518,
    ],
    "lips_inner": [5533, 6216, 6207, 6470, 5517],
}

FLAME = {
    "left_lids": [
        3832, 1337, 1338, 1339, 1341, 1342, 3856, 1345, 1034, 1023, 1033, 1194, 1183, 1182, 1154, 1153, 1114, 948,
        947, 823, 808, 809, 958, 883, 882, 829, 897, 905, 1352, 1353, 1358,
    ],
    "left_nostril": [481, 1640, 1808, 486, 487, 759, 480, 477, 1625, 1680, 1682, 774, 484],
    "lips_outer": [3543, 1657, 1696, 1735, 1717, 1714, 1712, 1710, 1576, 1577, 1773, 1774, 1795, 1865, 3503],
    "lips_inner": [3533, 1668, 1730, 1848, 3509],
}

# Indices of the MakeHuman base mesh hm08.
MAKEHUMAN = {
    "left_lids": [
        6850, 6847, 6886, 6844, 6841, 6838, 6785, 6784, 6790, 6793, 6796, 6799, 6802, 6805, 6808, 6811, 11693,
        6814, 6817, 6820, 6825, 6828, 6831, 6834, 11695, 6837, 6856, 6853,
    ],
    "left_nostril": [
        7091, 7090, 7089, 7125, 7083, 7086, 7087, 7082, 7096, 7094, 7093, 7092,
    ],
    "lips_outer": [
        467, 7223, 7220, 7217, 7212, 11954, 7208, 7175, 7174, 7187, 7184, 10405, 7162, 7163, 10370, 7164,
        7165, 7166, 7235, 7241, 492,
    ],
    "lips_inner": [
        474, 7229, 7228, 7227, 7226, 11964, 7225, 7179, 7178, 7193, 10400, 7191, 7192, 10375, 7204, 7197,
        7230, 7236, 7242, 493,
    ],
}
