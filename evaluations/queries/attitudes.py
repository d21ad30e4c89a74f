"""Les quatre degrés décrits de chaque attitude : une rédaction de TRPM, pas un texte officiel."""

from evaluations.enums import Attitude

DEGRES: dict[Attitude, tuple[str, str, str, str]] = {
    Attitude.HABILETE: (
        "gestes hésitants, il faut reprendre le travail",
        "gestes corrects mais lents ou irréguliers",
        "gestes sûrs, travail soigné",
        "gestes précis et rapides, travail très soigné",
    ),
    Attitude.SOCIABILITE: (
        "reste à l'écart, ou gêne l'équipe",
        "parle à son tuteur, peu aux autres",
        "s'entend avec l'équipe, écoute et demande",
        "aide les autres, apprécié de toute l'équipe",
    ),
    Attitude.INTERET: (
        "attend que le temps passe",
        "s'intéresse à ce qui lui plaît seulement",
        "pose des questions, s'intéresse à son poste",
        "veut comprendre l'atelier et les produits",
    ),
    Attitude.INITIATIVE: (
        "attend qu'on lui dise quoi faire",
        "enchaîne les tâches connues si on le lui rappelle",
        "enchaîne sans qu'on le lui dise, demande en cas de doute",
        "propose, anticipe, sans se mettre en danger",
    ),
    Attitude.ANALYSE_CRITIQUE: (
        "ne voit pas ses erreurs",
        "voit ses erreurs quand on les lui montre",
        "contrôle son travail et dit ce qui ne va pas",
        "trouve d'où vient l'erreur et la corrige",
    ),
    Attitude.ASSIDUITE: (
        "souvent en retard ou absent sans prévenir",
        "quelques retards, ou prévient tard",
        "à l'heure, prévient en cas d'empêchement",
        "toujours à l'heure, va au bout du travail",
    ),
}
