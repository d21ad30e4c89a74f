"""Les mesures de TRPM : chacune est rapportée à un plancher mesuré dans la même exécution."""
